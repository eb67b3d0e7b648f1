/** A fenced `sh` block of a Markdown page. */
export interface ShellBlock {
  /** The heading it stands under. */
  readonly heading: string;
  readonly text: string;
}

/** Every fenced `sh` block of a page, in order. */
export function shellBlocks(markdown: string): readonly ShellBlock[] {
  const blocks: ShellBlock[] = [];
  let heading = '';
  let open: string[] | undefined;
  for (const line of markdown.split('\n')) {
    if (open !== undefined) {
      if (line === '```') {
        blocks.push({ heading, text: open.join('\n') });
        open = undefined;
      } else open.push(line);
    } else if (line === '```sh') open = [];
    else if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
  }
  return blocks;
}

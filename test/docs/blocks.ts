/** A fenced block of a Markdown page. */
export interface Block {
  /** What its fence says it is, such as `sh`; empty for a drawing. */
  readonly language: string;
  /** The heading it stands under. */
  readonly heading: string;
  readonly text: string;
}

/** Every fenced block of a page, in order; those of one language, if one is named. */
export function blocksOf(markdown: string, wanted?: string): readonly Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { readonly language: string; readonly lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    if (open === undefined && line.startsWith('```')) open = { language: line.slice(3), lines: [] };
    else if (open === undefined) heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    else if (line === '```') {
      blocks.push({ language: open.language, heading, text: open.lines.join('\n') });
      open = undefined;
    } else open.lines.push(line);
  }
  return wanted === undefined ? blocks : blocks.filter(({ language }) => language === wanted);
}

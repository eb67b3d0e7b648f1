import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', 'packages', 'docs');

/** Names of the pages. */
export function pageNames(): readonly string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.md'));
}

/** A page's text. */
export function page(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** What a page links to, without what leads out of the repository. */
export function linksIn(markdown: string): readonly string[] {
  const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^https?:/.test(target));
}

/** The places in a page that a link may lead to, as GitHub names them. */
export function anchorsOf(markdown: string): readonly string[] {
  const headings = [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

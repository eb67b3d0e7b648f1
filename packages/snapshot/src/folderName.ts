import { contentHash } from './hash.ts';

/**
 * Name under which a store keeps one mesh's objects, at most 81 characters of `a-z`, `0-9` and `-`: readable for people, and
 * a hash, because a mesh name may be longer than a file name, may hold `/` or be `..`, and may differ from another only by its case.
 */
export function folderName(mesh: string): string {
  const readable = mesh
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 48);
  // JSON writes lone surrogates as escapes; plain UTF-8 would make them all the same.
  return `${readable}-${contentHash(Buffer.from(JSON.stringify(mesh)))}`;
}

import type { TypeUrl } from './snapshot.ts';

/** What a resource may have parts of that come from elsewhere than the whole. */
export type PartKind = 'virtualHosts' | 'routes';

/** Parts the name of a resource from that of its part; the resources that have parts have none in their names. */
export const PART = '#';

/** Where a proxy's sources have a resource. */
export function sourceKey(typeUrl: TypeUrl, name: string): string {
  return `${typeUrl}/${name}`;
}

/** Where a proxy's sources have a part of a resource: by its name, for its position moves whenever another part comes or goes. */
export function partSourceKey(typeUrl: TypeUrl, name: string, kind: PartKind, part: string): string {
  return `${sourceKey(typeUrl, name)}${PART}${kind}/${part}`;
}

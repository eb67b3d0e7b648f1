import * as v from 'valibot';
import { parentKind } from './above.ts';
import { KINDS_IN_MESH } from './ref.ts';
import type { MeshKey, Ref } from './resource.ts';
import { str } from './schema/scalars.ts';
import { must, refusal } from './schema/violation.ts';

/** The mesh as one string, `<owner account>/<mesh name>`: what snapshots and relays know it by. */
export function meshId(key: MeshKey): string {
  return `${key.owner}/${key.mesh}`;
}

/** The key of a node's or a gateway's proxies in a snapshot: `virtualNode/NAME`, `virtualGateway/NAME`. */
export function proxyName(ref: Ref<'virtualNode' | 'virtualGateway'>): string {
  return resourcePath(ref);
}

/** ARN path of a resource below its mesh: `virtualNode/N`, `virtualRouter/R/route/N`, `virtualGateway/G/gatewayRoute/N`; empty for the mesh itself. */
export function resourcePath(ref: Ref): string {
  if (ref.kind === 'mesh') return '';
  const between = parentKind(ref.kind);
  return `${between === undefined ? '' : `${between}/${ref.parent}/`}${ref.kind}/${ref.name}`;
}

// A name is one path segment of the API, and some of them no path can carry.
const name = v.pipe(
  str({ min: 1, max: 255 }),
  v.check((value) => value !== '.' && value !== '..', must('not be . or ..', 'clients drop such path segments, choose another name')),
  v.check(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
    (value) => !/[\\\u0000-\u001f\u007f]/.test(value),
    must('not contain \\ or control characters', 'remove them'),
  ),
  // Or two resources could have one ARN: a router `r/route/n` and the route `n` of router `r`.
  v.check(
    (value) => !hasKindSegment(value),
    must(
      `not have a part between slashes that is one of ${KINDS_IN_MESH.join(', ')}`,
      'its ARN would be that of another resource, rename it',
    ),
  ),
);

function hasKindSegment(value: string): boolean {
  return value.includes('/') && value.split('/').some((segment) => (KINDS_IN_MESH as readonly string[]).includes(segment));
}

/**
 * The name of a resource as a request sent it: 1 to 255 characters that a path segment can carry and an ARN can tell from its other parts.
 * @param field what the request calls it, such as `meshName`
 * @throws MeshError `BadRequest`.
 */
export function parseName(field: string, input: unknown): string {
  const result = v.safeParse(name, input ?? undefined, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal(field, result.issues);
}

import { ROUTE_TYPE } from '@meshwright/envoy-api';
import { type PartKind, partSourceKey, type RefusedSource, type Source } from '@meshwright/snapshot';
import type { Resource } from '../resourceSet.ts';
import { WireReader } from '../wire/reader.ts';

// A refused route configuration is of a whole workload; the mistake is in one route or one virtual host. Envoy names neither,
// but it quotes what it could not take (an expression, a domain), or counts down to it. Field numbers:
// envoy/config/route/v3/route.proto and route_components.proto.

/** What is quoted is looked for in configurations up to this size, in bytes; above, the configuration as a whole is told. */
const MOST_SEARCHED_BYTES = 1024 * 1024;
/** Words of a refusal that are looked for. */
const MOST_WORDS = 64;
/** What is quoted has a character that prose has not; a word of prose may stand in any route. */
const QUOTED = /[^a-z]/;
const SHORTEST_WORD = 3;

interface Part {
  /** Name of the virtual host or route. */
  readonly name: string;
  readonly kind: PartKind;
  /** Name of the virtual host it is or is in. */
  readonly host: string;
  /** Encoded; of a virtual host without its routes. */
  readonly bytes: readonly Buffer[];
}

/** Where the virtual hosts or routes come from that a refusal of one route configuration is about; empty when it does not tell. */
export function routeCauses(
  message: string,
  { name, bytes: encoded }: Required<Pick<Resource, 'name' | 'bytes'>>,
  sources: ReadonlyMap<string, Source>,
): readonly RefusedSource[] {
  if (encoded.byteLength > MOST_SEARCHED_BYTES) return [];
  const hosts = virtualHosts(encoded);
  const counted = countedPart(message, hosts);
  const guilty = counted === undefined ? quotedParts(message, hosts.flat()) : [counted];
  const causes = new Map<string, RefusedSource>();
  for (const part of guilty) {
    // A route without a name has no resource of its own: it is what its virtual host does.
    const [kind, envoyName] = part.name === '' ? (['virtualHosts', part.host] as const) : [part.kind, part.name];
    const key = partSourceKey(ROUTE_TYPE, name, kind, envoyName);
    const source = sources.get(key);
    if (source !== undefined) causes.set(key, { envoyName, ...source });
  }
  return [...causes.values()];
}

/** `VirtualHosts[0]` and `Routes[1]`, as the checks of fields count. */
function countedPart(message: string, hosts: readonly (readonly Part[])[]): Part | undefined {
  const [, host, route] = /VirtualHosts\[(\d+)\](?:[\s\S]*?Routes\[(\d+)\])?/i.exec(message) ?? [];
  if (host === undefined) return undefined;
  return hosts[Number(host)]?.[route === undefined ? 0 : Number(route) + 1];
}

/** The parts that have the longest word of the message that not all of them have. */
function quotedParts(message: string, parts: readonly Part[]): readonly Part[] {
  const words = new Set(message.split(/[\s'"]+/).flatMap((word) => [word, word.replace(/[.,:;]+$/, '')]));
  const isQuoted = (word: string): boolean => word.length >= SHORTEST_WORD && QUOTED.test(word.slice(1).replace(/[.,:;]+$/, ''));
  const longestFirst = [...words].filter(isQuoted).sort((a, b) => b.length - a.length);
  for (const word of longestFirst.slice(0, MOST_WORDS)) {
    const having = parts.filter(({ bytes }) => bytes.some((some) => some.includes(word)));
    if (having.length > 0 && (having.length < parts.length || parts.length === 1)) return having;
  }
  return [];
}

/** The virtual hosts of a route configuration, each followed by its routes. */
function virtualHosts(any: Uint8Array): readonly (readonly Part[])[] {
  const [configuration] = fields(any, 2);
  return configuration === undefined ? [] : fields(configuration, 2).map(virtualHost);
}

function virtualHost(encoded: Uint8Array): readonly Part[] {
  const bytes = [...fields(encoded, 1), ...fields(encoded, 2)];
  const host = nameIn(encoded, 1);
  const routes = fields(encoded, 3).map((route): Part => ({ kind: 'routes', name: nameIn(route, 14), host, bytes: [route] }));
  return [{ kind: 'virtualHosts', name: host, host, bytes }, ...routes];
}

function nameIn(message: Uint8Array, field: number): string {
  return fields(message, field)[0]?.toString() ?? '';
}

/** Every value of one field that is a string or a message. */
function fields(message: Uint8Array, wanted: number): readonly Buffer[] {
  const found: Buffer[] = [];
  const reader = new WireReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) found.push(reader.bytes());
    else reader.skip();
  }
  return found;
}

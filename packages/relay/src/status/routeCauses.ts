import type { RefusedSource, Source } from '@meshwright/snapshot';
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
  readonly kind: 'virtualHost' | 'route';
  /** Encoded; of a virtual host without its routes. */
  readonly bytes: readonly Buffer[];
}

/** The virtual service or the routes that a refusal of one route configuration is about; empty when it does not tell. */
export function routeCauses(message: string, encoded: Uint8Array, whole: Source): readonly RefusedSource[] {
  if (encoded.byteLength > MOST_SEARCHED_BYTES) return [];
  const hosts = virtualHosts(encoded);
  const counted = countedPart(message, hosts);
  const guilty = counted === undefined ? quotedParts(message, hosts.flat()) : [counted];
  return guilty.flatMap((part) => sourceOf(part, whole));
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

/** A route is called `<router>/<route>`, or `<gateway>/<route>`, a virtual host as its virtual service. */
function sourceOf({ kind, name }: Part, whole: Source): readonly RefusedSource[] {
  const [parent = '', own = '', ...more] = name.split('/');
  if (kind === 'virtualHost') return HOSTS_OF_OURS.has(name) ? [] : [{ envoyName: name, resource: `virtualService/${name}`, pointer: '' }];
  // With more slashes than one nobody can say where the router's name ends.
  if (own === '' || more.length > 0) return [];
  const isGateway = whole.resource === `virtualGateway/${parent}`;
  const resource = isGateway ? `${whole.resource}/gatewayRoute/${own}` : `virtualRouter/${parent}/route/${own}`;
  return [{ envoyName: name, resource, pointer: '' }];
}

/** Virtual hosts that stand for no virtual service. */
const HOSTS_OF_OURS: ReadonlySet<string> = new Set(['local', 'self_redirect', 'default_backend', 'default']);

/** The virtual hosts of a route configuration, each followed by its routes. */
function virtualHosts(any: Uint8Array): readonly (readonly Part[])[] {
  const [configuration] = fields(any, 2);
  return configuration === undefined ? [] : fields(configuration, 2).map(virtualHost);
}

function virtualHost(encoded: Uint8Array): readonly Part[] {
  const bytes = [...fields(encoded, 1), ...fields(encoded, 2)];
  const routes = fields(encoded, 3).map((route): Part => ({ kind: 'route', name: nameIn(route, 14), bytes: [route] }));
  return [{ kind: 'virtualHost', name: nameIn(encoded, 1), bytes }, ...routes];
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

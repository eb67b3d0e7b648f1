import { ROUTE_TYPE } from '@meshwright/envoy-api';
import { type RefusedContent, type RefusedSource, type Source, sourceKey } from '@meshwright/snapshot';
import { isLive } from '../liveTypes.ts';
import type { Resource, ResourceSet } from '../resourceSet.ts';
import { routeCauses } from './routeCauses.ts';

/** Most causes told of one refusal: Envoy may refuse a response for each of its resources. */
const MOST_CAUSES = 8;
/** Refusals of one response that are remembered: a fleet refuses in the same words. */
const MOST_REMEMBERED = 16;

const known = new WeakMap<ResourceSet, Map<string, readonly RefusedSource[]>>();

/**
 * Where in the mesh it comes from what a proxy refused, as far as Envoy's words tell: by the names of clusters, listeners and
 * route configurations in them, and by what of a route they quote. Empty when they name nothing that was sent.
 * @param message Envoy's own.
 * @param sent what the refused response carried.
 * @param sources of the proxy.
 */
export function refusalCauses(message: string, sent: ResourceSet, sources: ReadonlyMap<string, Source>): readonly RefusedSource[] {
  const remembered = known.get(sent) ?? new Map<string, readonly RefusedSource[]>();
  known.set(sent, remembered);
  const before = remembered.get(message);
  if (before !== undefined) return before;
  const causes = namedCauses(message, sent, sources).slice(0, MOST_CAUSES);
  if (remembered.size < MOST_REMEMBERED) remembered.set(message, causes);
  return causes;
}

function namedCauses(message: string, sent: ResourceSet, sources: ReadonlyMap<string, Source>): readonly RefusedSource[] {
  const all = [...sent.resources.values()];
  const named = namedIn(message, all);
  // Envoy does not always say which route configuration it was; what it quotes of a route is looked for in all of them.
  const suspects = named.length === 0 && sent.typeUrl === ROUTE_TYPE ? all : named;
  return suspects.flatMap(({ name, bytes }) => {
    const source = sources.get(sourceKey(sent.typeUrl, name));
    if (source === undefined) return [];
    const inner = sent.typeUrl === ROUTE_TYPE && bytes !== undefined ? routeCauses(message, { name, bytes }, sources) : [];
    if (inner.length > 0) return inner;
    return named.length === 0 ? [] : [{ envoyName: name, ...source }];
  });
}

/** Most resources that a refusal may be about, for it to be told which. */
const MOST_CONTENTS = 8;

/**
 * The content that a proxy refused: what Envoy's words name of what was new to it; else all that was new, for the fault is in one of
 * these. None where that would be more than 8, and none of endpoints and secrets, which belong to no version.
 * @param sent what the refused response carried.
 * @param accepted what the proxy has taken of the type.
 */
export function refusedContents(message: string, sent: ResourceSet, accepted: ResourceSet | undefined): readonly RefusedContent[] {
  if (isLive(sent.typeUrl)) return [];
  const fresh = [...sent.resources.values()].filter(({ name, version }) => accepted?.resources.get(name)?.version !== version);
  const named = namedIn(message, fresh);
  const suspects = named.length === 0 ? fresh : named;
  return suspects.length > MOST_CONTENTS ? [] : suspects.map(({ name, version }) => ({ name, hash: version }));
}

/** Those a text names; the only one there is need not be named. */
function namedIn(message: string, resources: readonly Resource[]): readonly Resource[] {
  return resources.length === 1 ? resources : resources.filter(({ name }) => isNamed(message, name));
}

/** Whether a text has a name as a whole, and not as a part of a longer one. */
function isNamed(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[\w-]/.test(text[at - 1] ?? ' ') && !/[\w-]/.test(text[at + name.length] ?? ' ')) return true;
  }
  return false;
}

/** Most of a refusal's text that is passed on, in characters; Envoy goes through the resources one by one, and a client may say anything. */
const MOST_MESSAGE = 4_096;
const VALIDATION = 'Proto constraint validation failed';

/** A refusal as it is told on: where Envoy prints the whole resource before the reason, the reason; cut after 4,096 characters. */
export function refusalText(message: string): string {
  const text = message.startsWith('goo.gle/') ? message.slice(Math.max(0, message.lastIndexOf(VALIDATION))) : message.trimEnd();
  return text.length <= MOST_MESSAGE ? text : `${text.slice(0, MOST_MESSAGE)}…`;
}

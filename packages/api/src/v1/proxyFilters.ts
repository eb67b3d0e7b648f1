import { MeshError, shown } from '@meshwright/model';
import type { ProxyState, ProxyStatus } from './fleet.ts';

const STATES: readonly ProxyState[] = ['SYNCED', 'STALE', 'REJECTED', 'NOT_SENT', 'ORPHANED', 'OFFLINE'];
const KINDS: readonly ProxyStatus['kind'][] = ['virtualNode', 'virtualGateway'];

/** The query parameters that choose proxies. */
export const PROXY_FILTERS: readonly string[] = ['state', 'kind', 'name', 'relay', 'envoyVersion'];

/**
 * Which proxies a listing is to have, by its query: `state`, `kind`, `name` and `relay` as they are, `envoyVersion` whole or to a
 * dot (`1.40` has 1.40.0 and 1.40.1). What is left out leaves nothing out.
 * @throws MeshError `BadRequest` for a value that no proxy can have.
 */
export function proxyFilter(query: ReadonlyMap<string, string>): (proxy: ProxyStatus) => boolean {
  const state = oneOf('state', query.get('state'), STATES);
  const kind = oneOf('kind', query.get('kind'), KINDS);
  const name = given('name', query.get('name'));
  const relay = given('relay', query.get('relay'));
  const version = given('envoyVersion', query.get('envoyVersion'));
  const isVersion = (own = ''): boolean => version === undefined || own === version || own.startsWith(`${version}.`);
  return (proxy) =>
    (state === undefined || proxy.state === state) &&
    (kind === undefined || proxy.kind === kind) &&
    (name === undefined || proxy.name === name) &&
    (relay === undefined || proxy.relay === relay) &&
    isVersion(proxy.envoyVersion);
}

function oneOf<T extends string>(field: string, value: string | undefined, known: readonly T[]): T | undefined {
  const found = known.find((one) => one === value);
  if (value === undefined || found !== undefined) return found;
  throw new MeshError(
    'BadRequest',
    `${field} is ${shown(value)} but must be one of ${known.join(', ')}: correct it or leave it out for all.`,
  );
}

function given(field: string, value: string | undefined): string | undefined {
  if (value !== '') return value;
  throw new MeshError('BadRequest', `${field} is "" but must not be empty: name one or leave it out for all.`);
}

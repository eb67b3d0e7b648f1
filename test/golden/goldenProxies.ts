import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Any part of an Envoy configuration, as JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What the compiler's golden files hold for one proxy. */
export interface GoldenProxy {
  /** `<feature>/<case>/<proxy>`. */
  readonly name: string;
  readonly listeners: readonly Json[];
  readonly routes: readonly Json[];
  readonly clusters: readonly Json[];
}

const testdata = join(import.meta.dirname, '..', '..', 'packages', 'compiler', 'testdata');

/** Every proxy of every golden case, exactly as the files say it. */
export function goldenProxies(): readonly GoldenProxy[] {
  const names = globSync('*/*/*.clusters.yaml', { cwd: testdata }).map((file) => file.replace(/\.clusters\.yaml$/, ''));
  return names.sort().map((name) => {
    const read = (kind: string) => parse(readFileSync(join(testdata, `${name}.${kind}.yaml`), 'utf8')) as readonly Json[];
    return { name, listeners: read('listeners'), routes: read('routes'), clusters: read('clusters') };
  });
}

/**
 * Proxies as the static resources of one Envoy: routes stand inside the listeners that ask for them, and names and ports are
 * made different from proxy to proxy, so that one run checks them all.
 */
export function staticResources(proxies: readonly GoldenProxy[]): Json {
  const ports = freePorts();
  const all = proxies.map((proxy, position) => {
    const apart = rename(namesOf([...proxy.clusters, ...proxy.listeners]), `p${position}_`);
    const routes = new Map(proxy.routes.map((route) => [nameOf(route), route]));
    const listeners = proxy.listeners.map((listener) => onPort(inlineRoutes(apart(listener), routes, apart), ports.next().value));
    return { listeners, clusters: proxy.clusters.map(apart) };
  });
  return { listeners: all.flatMap(({ listeners }) => listeners), clusters: all.flatMap(({ clusters }) => clusters) };
}

function inlineRoutes(value: Json, routes: ReadonlyMap<string, Json>, apart: (value: Json) => Json): Json {
  return mapObjects(value, ({ rds, ...rest }) => {
    if (rds === undefined) return rest;
    const name = nameOf(rds, 'route_config_name');
    const route = routes.get(name);
    if (route === undefined) throw new Error(`no route configuration ${name}`);
    return { ...rest, route_config: apart(route) };
  });
}

/** One port for each listener: none is bound, but two that are equal are refused. */
function* freePorts(): Generator<number, never> {
  for (let port = 1; ; port++) yield port;
}

function onPort(listener: Json, port: number): Json {
  if (!isObject(listener)) return listener;
  const { address = null, additional_addresses = [] } = listener;
  const moved = (value: Json): Json => mapObjects(value, (object) => ('port_value' in object ? { ...object, port_value: port } : object));
  return { ...listener, address: moved(address), additional_addresses: moved(additional_addresses) };
}

function rename(names: ReadonlySet<string>, prefix: string): (value: Json) => Json {
  const apart = (value: Json): Json => {
    if (typeof value === 'string') return names.has(value) ? `${prefix}${value}` : value;
    if (isList(value)) return value.map(apart);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, apart(member)]));
  };
  return apart;
}

function mapObjects(value: Json, map: (object: { readonly [key: string]: Json }) => { readonly [key: string]: Json }): Json {
  if (isList(value)) return value.map((item) => mapObjects(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(map(value)).map(([key, member]) => [key, mapObjects(member, map)]));
}

function namesOf(resources: readonly Json[]): ReadonlySet<string> {
  return new Set(resources.map((resource) => nameOf(resource)));
}

function nameOf(resource: Json, key = 'name'): string {
  return isObject(resource) ? String(resource[key]) : '';
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

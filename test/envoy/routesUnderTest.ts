import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, compiledRoutes, type RouteConfigIr } from '@meshwright/compiler';
import { meshStateOf, type ProxyResources, readBack, type WrittenResource } from '@meshwright/compiler/testing';
import { startProgram } from '../process/program.ts';
import type { Json } from './envoyParts.ts';

type JsonObject = { readonly [key: string]: Json };

/** Route configurations, as `explain` sees them and as Envoy gets them. */
export interface RoutesUnderTest {
  /** Those that a request goes through, one after the other: two for both passes of a gateway. */
  readonly passes: readonly RouteConfigIr[];
  /** The compiled connection manager with the first compiled routes inside; only what tells routes of the last pass apart is added. */
  readonly manager: Json;
  /** What requests are sent on to; absent = they have arrived. */
  readonly next?: RoutesUnderTest;
}

/** Every route configuration of the proxies of one virtual node and one virtual gateway of a mesh. */
export function routesOf(written: readonly WrittenResource[], node: string, gateway: string): readonly RoutesUnderTest[] {
  const state = meshStateOf(written);
  const { snapshot } = compile(state);
  const chains = (kind: ProxyKind, name: string): readonly Chain[] =>
    chainsOf(compiledRoutes(state, { kind, mesh: state.mesh.mesh, name }), readBack(snapshot, `${kind}/${name}`));
  return [...chains('virtualNode', node).map(lastPass), ...bothPasses(chains('virtualGateway', gateway))];
}

type ProxyKind = 'virtualNode' | 'virtualGateway';

/** Each pass of a gateway by itself, and both together; the second comes first. */
function bothPasses(chains: readonly Chain[]): readonly RoutesUnderTest[] {
  const last = chains.find(({ ir }) => ir.name.startsWith('rds_egress_'));
  if (last === undefined) throw new Error('the gateway has no second pass');
  const next = lastPass(last);
  const first = chains.filter((chain) => chain !== last);
  return [next, ...first.map(lastPass), ...first.map((chain) => firstPass(chain, next))];
}

/** A chain of a listener, compiled. */
interface Chain {
  readonly ir: RouteConfigIr;
  readonly config: JsonObject;
  readonly manager: JsonObject;
}

function chainsOf(irs: ReadonlyMap<string, RouteConfigIr>, resources: ProxyResources): readonly Chain[] {
  const configs = resources.routes as readonly JsonObject[];
  return managersIn(resources.listeners as readonly Json[]).map(({ rds, ...manager }) => {
    const configName = String((rds as JsonObject).route_config_name);
    const ir = irs.get(configName);
    const config = configs.find((candidate) => candidate.name === configName);
    if (ir === undefined || config === undefined) throw new Error(`no route configuration ${configName}`);
    return { ir, config, manager };
  });
}

function lastPass({ ir, config, manager }: Chain): RoutesUnderTest {
  return { passes: [ir], manager: { ...manager, route_config: toldApart(config) } };
}

function firstPass({ ir, config, manager }: Chain, next: RoutesUnderTest): RoutesUnderTest {
  const virtualHosts = hostsOf(config).map(({ routes = [], ...host }) => ({
    ...host,
    routes: (routes as readonly JsonObject[]).map(({ route, ...rest }) => ({
      ...rest,
      ...(route !== undefined && { route: { ...(route as JsonObject), cluster: SECOND_PASS } }),
    })),
  }));
  return { passes: [ir, ...next.passes], manager: { ...manager, route_config: { ...config, virtual_hosts: virtualHosts } }, next };
}

/** Stands for the cluster by which a gateway sends requests to itself. */
const SECOND_PASS = 'second pass';

function hostsOf(config: JsonObject): readonly JsonObject[] {
  return (config.virtual_hosts ?? []) as readonly JsonObject[];
}

/** Every answer says its virtual host and route by position, and the cluster it came from; a host that has no route says that, too. */
function toldApart(config: JsonObject): Json {
  return {
    ...config,
    virtual_hosts: hostsOf(config).map(({ routes = [], ...host }, position) => ({
      ...host,
      response_headers_to_add: [added('x-host', String(position))],
      routes: [
        ...(routes as readonly JsonObject[]).map((route, place) => ({
          ...route,
          response_headers_to_add: [added('x-route', String(place)), added('x-cluster', '%UPSTREAM_CLUSTER%')],
        })),
        { match: { prefix: '/' }, direct_response: { status: 404 } },
      ],
    })),
  };
}

function added(key: string, value: string): Json {
  return { header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' };
}

function managersIn(value: Json): readonly JsonObject[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('rds' in value) return [value];
  return Object.values(value).flatMap(managersIn);
}

/** An Envoy with one listener for each of the routes under test, on Unix sockets. */
export interface RoutesEnvoy extends AsyncDisposable {
  /** Path of the socket behind which routes stand, by their position. */
  socket(position: number): string;
}

/**
 * Starts an Envoy whose clusters all lead to a server that answers with the head of the request it got.
 * @throws Error with Envoy's log when it does not come up.
 */
export async function startRoutesEnvoy(binary: string, all: readonly RoutesUnderTest[]): Promise<RoutesEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-routes-'));
  const echo = await startEcho(join(folder, 'echo'));
  const socket = (position: number): string => join(folder, String(position));
  const listeners = all.map(({ manager, next }, position) => ({
    name: String(position),
    address: { pipe: { path: socket(position) } },
    filter_chains: [{ filters: [{ name: 'http', typed_config: next ? ledTo(manager, all.indexOf(next)) : manager }] }],
  }));
  const nexts = new Set(all.flatMap(({ next }) => (next ? [all.indexOf(next)] : [])));
  const clusters = [
    ...clusterNames(all).map((name) => clusterAt(name, join(folder, 'echo'))),
    ...[...nexts].map((position) => clusterAt(`${SECOND_PASS} ${position}`, socket(position))),
  ];
  const config = join(folder, 'bootstrap.json');
  await writeFile(config, JSON.stringify({ static_resources: { listeners, clusters } }));
  const logging = ['--log-level', 'warn', '--component-log-level', 'main:info'];
  const program = startProgram([binary, '-c', config, '--use-dynamic-base-id', '--concurrency', '1', ...logging]);
  const stop = async (): Promise<void> => {
    await program.end('SIGKILL').catch(() => {});
    echo.close();
    await rm(folder, { recursive: true });
  };
  try {
    await program.says('stderr', /starting main dispatch loop/);
  } catch (error) {
    await stop();
    throw error;
  }
  return { socket, [Symbol.asyncDispose]: stop };
}

function ledTo(manager: Json, position: number): Json {
  return JSON.parse(JSON.stringify(manager).replaceAll(`"${SECOND_PASS}"`, `"${SECOND_PASS} ${position}"`)) as Json;
}

/** Names of all clusters that routes of a last pass lead to. */
function clusterNames(all: readonly RoutesUnderTest[]): readonly string[] {
  const hosts = all.flatMap(({ passes }) => passes.flatMap(({ virtualHosts }) => virtualHosts));
  const names = hosts
    .flatMap(({ routes }) => routes)
    .flatMap(({ action }) => {
      if (action.kind === 'unavailable') return [];
      return action.kind === 'cluster' ? [action.target.cluster] : action.targets.map(({ cluster }) => cluster);
    });
  return [...new Set(names)];
}

function clusterAt(name: string, path: string): Json {
  const endpoint = { endpoint: { address: { pipe: { path } } } };
  return { name, load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] } };
}

/** Reads requests without a body only. */
async function startEcho(path: string): Promise<Server> {
  const server = createServer((socket) => {
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end);
        received = received.slice(end + 4);
        const body = head.startsWith('HEAD ') ? '' : head;
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${head.length}\r\n\r\n${body}`, 'latin1');
      }
    });
  }).listen(path);
  await once(server, 'listening');
  return server;
}

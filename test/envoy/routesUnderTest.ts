import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, compiledRoutes, type RouteConfigIr } from '@meshwright/compiler';
import { meshStateOf, readBack, type WrittenResource } from '@meshwright/compiler/testing';
import { startProgram } from '../process/program.ts';
import type { Json } from './envoyParts.ts';

type JsonObject = { readonly [key: string]: Json };

/** One route configuration, as `explain` sees it and as Envoy gets it. */
export interface RoutesUnderTest {
  readonly ir: RouteConfigIr;
  /** The compiled connection manager with the compiled routes inside; only what tells routes apart is added. */
  readonly manager: Json;
}

/** Every route configuration of one proxy. */
export function routesOf(
  written: readonly WrittenResource[],
  kind: 'virtualNode' | 'virtualGateway',
  name: string,
): readonly RoutesUnderTest[] {
  const state = meshStateOf(written);
  const { mesh } = state.mesh;
  const irs = compiledRoutes(state, { kind, mesh, name });
  const resources = readBack(compile(state).snapshot, `${kind}/${name}`);
  const routes = resources.routes as readonly JsonObject[];
  return managersIn(resources.listeners as readonly Json[]).map((manager) => {
    const { rds, ...rest } = manager;
    const configName = String((rds as JsonObject).route_config_name);
    const ir = irs.get(configName);
    const config = routes.find((candidate) => candidate.name === configName);
    if (ir === undefined || config === undefined) throw new Error(`no route configuration ${configName}`);
    return { ir, manager: { ...rest, route_config: toldApart(config) } };
  });
}

/** Every answer says its virtual host and route by position, and the cluster it came from; a host that has no route says that, too. */
function toldApart(config: JsonObject): Json {
  const hosts = (config.virtual_hosts ?? []) as readonly JsonObject[];
  return {
    ...config,
    virtual_hosts: hosts.map(({ routes = [], ...host }, position) => ({
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

/** An Envoy with one listener for each route configuration, on Unix sockets. */
export interface RoutesEnvoy extends AsyncDisposable {
  /** Path of the socket behind which a configuration stands, by its position. */
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
  const listeners = all.map(({ manager }, position) => ({
    name: String(position),
    address: { pipe: { path: socket(position) } },
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
  }));
  const config = join(folder, 'bootstrap.json');
  await writeFile(config, JSON.stringify({ static_resources: { listeners, clusters: clustersOf(all, join(folder, 'echo')) } }));
  const program = startProgram([
    binary,
    '-c',
    config,
    '--use-dynamic-base-id',
    '--concurrency',
    '1',
    '--log-level',
    'warn',
    '--component-log-level',
    'main:info',
  ]);
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

function clustersOf(all: readonly RoutesUnderTest[], echo: string): readonly Json[] {
  const actions = all.flatMap(({ ir }) => ir.virtualHosts.flatMap(({ routes }) => routes.map(({ action }) => action)));
  const names = actions.flatMap((action) => {
    if (action.kind === 'unavailable') return [];
    return action.kind === 'cluster' ? [action.target.cluster] : action.targets.map(({ cluster }) => cluster);
  });
  const endpoint = { endpoint: { address: { pipe: { path: echo } } } };
  return [...new Set(names)].map((name) => ({ name, load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] } }));
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

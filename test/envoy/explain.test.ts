import { type ExplainedRequest, type Explanation, explain, type RouteConfigIr } from '@meshwright/compiler';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { envoyBinary } from '../setup/parts.ts';
import { nearMisses } from './nearMisses.ts';
import { RawClient, type RawResponse } from './rawClient.ts';
import { CLIENT, GATEWAY, routedMesh } from './routedMesh.ts';
import { type RoutesEnvoy, type RoutesUnderTest, routesOf, startRoutesEnvoy } from './routesUnderTest.ts';

// What `explain` says of requests, against what a real Envoy with the same compiled routes does with them.

/** Fixed, so that a difference comes again. */
const SEED = 1;
const EFFORT = inject('effort');
const MESHES = 40 * EFFORT;
const REQUESTS_PER_CONFIG = 40;

const all = fc
  .sample(routedMesh, { seed: SEED, numRuns: MESHES })
  .flatMap((mesh) => [...routesOf(mesh, 'virtualNode', CLIENT), ...routesOf(mesh, 'virtualGateway', GATEWAY)]);

let envoy: RoutesEnvoy;
beforeAll(async () => {
  envoy = await startRoutesEnvoy(await envoyBinary(), all);
});
afterAll(() => envoy?.[Symbol.asyncDispose]());

describe('what explain says is what a real Envoy 1.40 does', () => {
  test('generated requests, made for routes and then changed in a few places', { timeout: 60_000 * EFFORT }, async () => {
    const seen = new Tally();
    const differences: unknown[] = [];
    for (const [position, { ir }] of all.entries()) {
      const requests = fc.sample(nearMisses(ir), { seed: SEED + position, numRuns: REQUESTS_PER_CONFIG });
      differences.push(...(await compare(position, all[position], ir, requests, seen)));
    }
    process.stdout.write(`explain: ${seen.text(all.length)}\n`);
    expect(differences.slice(0, 5), `${differences.length} differences`).toEqual([]);
    expect(seen.requests).toBeGreaterThanOrEqual(2_000 * EFFORT);
    expect(seen.nearMisses).toBeGreaterThanOrEqual(seen.requests / 4);
  });

  test('a wrong order of routes would be found', async () => {
    const differences: unknown[] = [];
    for (const [position, under] of all.slice(0, 40).entries()) {
      const virtualHosts = under.ir.virtualHosts.map((host) => ({ ...host, routes: host.routes.toReversed() }));
      const requests = fc.sample(nearMisses(under.ir), { seed: SEED, numRuns: 10 });
      differences.push(...(await compare(position, under, { ...under.ir, virtualHosts }, requests, new Tally())));
    }
    expect(differences.length).toBeGreaterThan(10);
  });
});

/** Sends requests to one listener; answers every difference between what happened and what was said. */
async function compare(
  position: number,
  under: RoutesUnderTest | undefined,
  ir: RouteConfigIr,
  requests: readonly ExplainedRequest[],
  seen: Tally,
): Promise<readonly unknown[]> {
  const client = new RawClient(envoy.socket(position));
  const differences: unknown[] = [];
  for (const request of requests) {
    const explanation = explain(ir, request);
    const response = await client.exchange(headOf(request));
    const said = saidOf(explanation, ir);
    const done = doneOf(response, said, explanation);
    seen.add(explanation);
    if (JSON.stringify(said) !== JSON.stringify(done)) {
      const host = under?.ir.virtualHosts[said.host ?? -1];
      const routes = host?.routes.map(({ name, match, headers }) => JSON.stringify({ name, match, headers }));
      differences.push({
        position,
        request,
        said,
        done,
        losers: explanation.losers.map(({ position: at, unmet }) => JSON.stringify([at, unmet])),
        routes,
      });
    }
  }
  client.close();
  return differences;
}

function headOf({ method, path, authority, headers = [] }: ExplainedRequest): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${authority}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const body = method === 'POST' || method === 'PUT' ? 'content-length: 0\r\n' : '';
  return `${lines.join('\r\n')}\r\n${body}\r\n`;
}

/** What can be told from outside; absent members are not told, or there is no such thing. */
interface Told {
  readonly status: number;
  readonly host?: number;
  readonly route?: number;
  readonly isKnownCluster?: boolean;
  readonly path?: string;
  readonly authority?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** Headers that routes change. */
const CHANGED = ['x-app-mesh-virtual-service', 'x-meshwright-target-port'];

function saidOf({ outcome, host, winner, request }: Explanation, { virtualHosts }: RouteConfigIr): Told {
  const common = {
    status: outcome.kind === 'forwarded' ? 200 : outcome.status,
    ...(host && { host: virtualHosts.indexOf(host.virtualHost) }),
    ...(winner && { route: winner.position }),
  };
  if (outcome.kind === 'answered') return common;
  if (request?.method === 'HEAD') return { ...common, isKnownCluster: true };
  const { path, authority, headers = [] } = outcome.request;
  const changed = headers
    .filter(([name]) => CHANGED.includes(name.toLowerCase()))
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const);
  return { ...common, isKnownCluster: true, path, authority, headers: changed };
}

function doneOf({ status, headers, body }: RawResponse, said: Told, { outcome }: Explanation): Told {
  // Such an answer may carry what a route adds, found by the path as it was sent.
  if (status === 400) return { status };
  const [host, route] = [headers.get('x-host'), headers.get('x-route')];
  const common = {
    status: statusOf(status, headers),
    ...(host !== undefined && { host: Number(host) }),
    ...(route !== undefined && { route: Number(route) }),
  };
  if (status !== 200 || headers.has('grpc-status')) return common;
  const cluster = headers.get('x-cluster');
  const isKnownCluster = outcome.kind === 'forwarded' && outcome.clusters.some((known) => known.cluster === cluster);
  if (said.status === 200 && said.path === undefined) return { ...common, isKnownCluster };
  const [requestLine = '', ...lines] = Buffer.from(body, 'latin1').toString().split('\r\n');
  const sent = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const);
  const [, path = ''] = requestLine.split(' ');
  const authority = sent.find(([name]) => name === 'host')?.[1] ?? '';
  return { ...common, isKnownCluster, path, authority, headers: sent.filter(([name]) => CHANGED.includes(name)) };
}

/** Answers of Envoy itself to gRPC requests are 200 with a gRPC status. */
function statusOf(status: number, headers: ReadonlyMap<string, string>): number {
  const meant = new Map([
    ['12', 404],
    ['13', 400],
    ['14', 503],
  ]);
  return meant.get(headers.get('grpc-status') ?? '') ?? status;
}

/** Counts what was compared, so that a run shows what it proved. */
class Tally {
  requests = 0;
  /** Requests that some route missed by one condition alone. */
  nearMisses = 0;
  readonly #outcomes = new Map<string, number>();
  readonly #unmet = new Map<string, number>();

  add({ outcome, losers }: Explanation): void {
    this.requests += 1;
    if (losers.some(({ unmet }) => unmet.length === 1)) this.nearMisses += 1;
    count(this.#outcomes, outcome.kind === 'forwarded' ? 'forwarded' : String(outcome.status));
    for (const condition of new Set(losers.flatMap(({ unmet }) => unmet.map((one) => one.condition)))) count(this.#unmet, condition);
  }

  text(configs: number): string {
    const shown = (counts: ReadonlyMap<string, number>): string => [...counts].map(([what, times]) => `${what} ${times}`).join(', ');
    return `${this.requests} requests to ${configs} route configurations (${shown(this.#outcomes)}); ${this.nearMisses} missed a route by one condition; requests with unmet conditions: ${shown(this.#unmet)}`;
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

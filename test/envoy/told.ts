import type { ExplainedRequest, Explanation, RouteConfigIr } from '@meshwright/compiler';
import type { RawResponse } from './rawClient.ts';

// A prediction and an answer in the same words.

/** A request as it goes out, without a body. */
export function headOf({ method, path, authority, headers = [] }: ExplainedRequest): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${authority}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const body = method === 'POST' || method === 'PUT' ? 'content-length: 0\r\n' : '';
  return `${lines.join('\r\n')}\r\n${body}\r\n`;
}

/** What can be told from outside; absent members are not told, or there is no such thing. */
export interface Told {
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

/** What of an explanation can be told from outside. */
export function saidOf({ outcome, host, winner, request }: Explanation, { virtualHosts }: RouteConfigIr): Told {
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

/** What an answer tells, as far as what was said is about it. */
export function doneOf({ status: sentStatus, headers, body }: RawResponse, said: Told, { outcome }: Explanation): Told {
  const status = statusOf(sentStatus, headers);
  // Such an answer may carry what a route adds, found by the path as it was sent.
  if (status === 400) return { status };
  const [host, route] = [headers.get('x-host'), headers.get('x-route')];
  const common = {
    status,
    ...(host !== undefined && { host: Number(host) }),
    ...(route !== undefined && { route: Number(route) }),
  };
  if (status !== 200) return common;
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

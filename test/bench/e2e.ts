import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBootstrap, startLocal } from '@meshwright/local';
import { type Program, startProgram } from '../process/program.ts';
import { shiftWeights, writeMesh } from './benchMesh.ts';
import { type Distribution, distribution } from './distribution.ts';
import { RouteAcks } from './routeAcks.ts';
import type { ProxiesToPlay } from './scriptedProxies.ts';

/** What is measured. */
export interface EndToEndOptions {
  readonly proxies: number;
  readonly changes: number;
  /** Path of a real Envoy, the one proxy then; without it the proxies are scripted. */
  readonly envoy: string | undefined;
  readonly say: (line: string) => void;
  /** Ends the measurement early; everything is cleaned up all the same. */
  readonly signal: AbortSignal;
}

/** What came out, times in milliseconds. */
export interface EndToEndResult {
  readonly proxies: number;
  readonly kind: 'envoy' | 'scripted';
  readonly changes: number;
  readonly warmUpChanges: number;
  readonly cpus: number;
  readonly node: string;
  /** Per change, from the API's answer until the last proxy has acknowledged. */
  readonly allAcked: Distribution;
  /** Per change and proxy, from the API's answer until that proxy has acknowledged. */
  readonly eachAcked: Distribution;
  /** Per change, from the API's call until its answer. */
  readonly apiCall: Distribution;
  /** Per change, from the API's call until the last proxy has acknowledged: compiling may begin before the answer is out. */
  readonly callToAllAcked: Distribution;
}

/** Cold code takes two to three times as long: what a deployment sees is what comes after. */
const WARM_UP_CHANGES = 20;
const CONNECT_MILLIS = 60_000;
const ROUND_MILLIS = 20_000;

/**
 * Measures from the API's answer to a change of weights until every proxy has acknowledged the route configuration that says so.
 * The control plane is the one users start, on files in a temporary folder; one change is under way at a time.
 */
export async function measureEndToEnd(options: EndToEndOptions): Promise<EndToEndResult> {
  const { proxies, changes, envoy, say, signal } = options;
  const acks = new RouteAcks(() => performance.now());
  signal.addEventListener('abort', () => acks.fail('interrupted'));
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'meshwright-bench-')), (path) => rm(path, { recursive: true, force: true }));
  const local = await startLocal({
    apiPort: 0,
    xdsPort: 0,
    dataFolder: join(folder, 'data'),
    onStatus: (event) => acks.observe(event),
    onPublishFailure: (mesh, cause) => acks.fail(`mesh ${mesh.mesh} could not be published: ${cause}`),
  });
  stack.defer(() => local.close());
  say(`writing a mesh with ${proxies} ${proxies === 1 ? 'caller' : 'callers'}`);
  const nodeIds = await writeMesh(local.apiUrl, proxies);
  say(envoy === undefined ? `connecting ${proxies} scripted proxies` : `starting ${envoy}`);
  const program = envoy === undefined ? playProxies(local.xdsPort, nodeIds) : startEnvoy(envoy, local.xdsPort, nodeIds);
  stack.defer(() => program.end('SIGKILL').then(() => {}));
  program.ended.then(
    ({ status, signal }) => acks.fail(`The proxies ended (${signal ?? `status ${status}`}):\n${program.output().stderr}`),
    (error) => acks.fail(String(error)),
  );
  await acks.next(proxies, CONNECT_MILLIS);
  say(`measuring ${changes} changes after ${WARM_UP_CHANGES} to warm up`);
  const rounds = await measureChanges(local.apiUrl, acks, proxies, changes);
  return {
    proxies,
    kind: envoy === undefined ? 'scripted' : 'envoy',
    changes,
    warmUpChanges: WARM_UP_CHANGES,
    cpus: availableParallelism(),
    node: process.version,
    allAcked: distribution(rounds.map(({ acked }) => Math.max(...acked))),
    eachAcked: distribution(rounds.flatMap(({ acked }) => acked)),
    apiCall: distribution(rounds.map(({ call }) => call)),
    callToAllAcked: distribution(rounds.map(({ call, acked }) => call + Math.max(...acked))),
  };
}

interface Round {
  readonly call: number;
  readonly acked: readonly number[];
}

async function measureChanges(apiUrl: string, acks: RouteAcks, proxies: number, changes: number): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let change = 0; change < WARM_UP_CHANGES + changes; change++) {
    const asked = performance.now();
    // Never the weight before: an unchanged route would be acknowledged by nobody.
    const call = shiftWeights(apiUrl, change % 100).then(() => performance.now());
    const [acked, answered] = await Promise.all([acks.next(proxies, ROUND_MILLIS), call]);
    // A proxy may be faster than the answer's way back: that is no time at all.
    const round = { call: answered - asked, acked: acked.map((at) => Math.max(0, at - answered)) };
    if (change >= WARM_UP_CHANGES) rounds.push(round);
  }
  return rounds;
}

function playProxies(xdsPort: number, nodeIds: readonly string[]): Program {
  const program = startProgram([process.execPath, join(import.meta.dirname, 'scriptedProxies.ts')], { messages: true });
  program.send({ target: `127.0.0.1:${xdsPort}`, nodeIds } satisfies ProxiesToPlay);
  return program;
}

function startEnvoy(binary: string, xdsPort: number, [nodeId = '']: readonly string[]): Program {
  const bootstrap = envoyBootstrap({ nodeId, xdsHost: '127.0.0.1', xdsPort });
  const flags = ['--disable-hot-restart', '--concurrency', '1', '--log-level', 'error'];
  return startProgram(['setpriv', '--pdeathsig', 'KILL', '--', binary, '--config-yaml', JSON.stringify(bootstrap), ...flags]);
}

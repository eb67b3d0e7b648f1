import { availableParallelism } from 'node:os';
import { snapshotOf } from '../fleet/content.ts';
import { createMesh, startUngated, type UngatedControlPlane } from '../fleet/controlPlane.ts';
import { type Fault, faults } from '../fleet/faults.ts';
import { startEnvoy } from '../relay/envoyProcess.ts';
import { EventLog } from '../relay/relayUnderTest.ts';
import { type Distribution, distribution } from './distribution.ts';

/** What is measured. */
export interface NackOptions {
  /** Path of a real Envoy. */
  readonly envoy: string;
  /** How often each of the twenty faults is published. */
  readonly rounds: number;
  readonly protocol: 'sotw' | 'delta';
  readonly say: (line: string) => void;
}

/** What came out, times in milliseconds from the publication of a fault. */
export interface NackResult {
  readonly faults: number;
  readonly rounds: number;
  readonly protocol: 'sotw' | 'delta';
  readonly cpus: number;
  readonly node: string;
  /** Until the relay has Envoy's refusal. */
  readonly refused: Distribution;
  /** Until the API has answered it with the proxy. */
  readonly atProxy: Distribution;
  /** Until the API has answered it with the resource that caused it. */
  readonly atResource: Distribution;
}

interface Times {
  readonly refused: number;
  readonly atProxy: number;
  readonly atResource: number;
}

/** Measures how fast what only Envoy notices is told where its cause is: one real Envoy, snapshots published past the gate. */
export async function measureNack({ envoy: binary, rounds, protocol, say }: NackOptions): Promise<NackResult> {
  await using stack = new AsyncDisposableStack();
  const log = new EventLog();
  const controlPlane = stack.use(await startUngated(log.add));
  await createMesh(controlPlane);
  await controlPlane.put(snapshotOf(1n));
  say(`starting ${binary}`);
  const envoy = await startEnvoy(binary, { nodeId: 'mesh/apps/virtualNode/a', xdsPort: controlPlane.xdsPort, protocol });
  stack.defer(() => envoy.stop());
  await envoy.ready();
  say(`publishing ${faults.length} faults ${rounds} times, after once to warm up`);
  const measured: Times[] = [];
  let revision = 1n;
  for (let round = 0; round <= rounds; round += 1) {
    for (const fault of faults) {
      const times = await measureOne(controlPlane, log, fault, revision + 1n);
      revision += 2n;
      if (round > 0) measured.push(times);
    }
  }
  return {
    faults: faults.length,
    rounds,
    protocol,
    cpus: availableParallelism(),
    node: process.version,
    refused: distribution(measured.map(({ refused }) => refused)),
    atProxy: distribution(measured.map(({ atProxy }) => atProxy)),
    atResource: distribution(measured.map(({ atResource }) => atResource)),
  };
}

/** One fault, and good content after it. */
async function measureOne(controlPlane: UngatedControlPlane, log: EventLog, fault: Fault, revision: bigint): Promise<Times> {
  const snapshots = [snapshotOf(revision, fault), snapshotOf(revision + 1n)] as const;
  const told = (kind: 'acked' | 'rejected') =>
    log.until(`${kind}: ${fault.what}`, ({ events }) =>
      events.some((event) => event.kind === kind && 'typeUrl' in event && event.typeUrl === fault.type),
    );
  log.events.length = 0;
  const start = performance.now();
  await controlPlane.put(snapshots[0]);
  await told('rejected');
  const refused = performance.now() - start;
  await answers(controlPlane, '/v1/meshes/apps/proxies?state=REJECTED', fault);
  const atProxy = performance.now() - start;
  await answers(controlPlane, '/v1/meshes/apps/diagnostics', fault);
  const atResource = performance.now() - start;
  log.events.length = 0;
  await controlPlane.put(snapshots[1]);
  await told('acked');
  return { refused, atProxy, atResource };
}

/** What is measured must be there. @throws Error when the answer does not have the reason. */
async function answers({ get }: UngatedControlPlane, path: string, { what, resourcePath, says }: Fault): Promise<void> {
  const text = JSON.stringify(await get(path)).replaceAll('\\"', '"');
  if (!text.includes(`mesh/apps/${resourcePath}`) || !says.test(text)) throw new Error(`${path} does not tell of ${what}: ${text}`);
}

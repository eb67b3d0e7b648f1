// A relay in a process of its own, so that its memory is its own: publishes when told, and tells what it uses; ends with its parent.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemorySnapshots } from '@meshwright/local';
import { createRelay } from '@meshwright/relay';
import { encodedAssignment, handMadeSnapshot, MESH } from '../relay/handMadeMesh.ts';
import { publish, TestEndpoints } from '../relay/relayUnderTest.ts';

/** What a process uses, after its garbage was collected. */
export interface Usage {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly descriptors: number;
  /** Versions published so far. */
  readonly versions: number;
}

interface Asked {
  readonly ask: 'publish' | 'usage';
}

/** Collections until nothing more is freed: weak references and finalizers take another round. */
const COLLECTIONS = 3;

const snapshots = new MemorySnapshots();
const endpoints = new TestEndpoints();
endpoints.set('discovered', encodedAssignment('discovered', 1));
let versions = 0;
/** One after the other: each builds on the one before. */
let publishing = put();
await publishing;

const relay = createRelay(
  {
    snapshots,
    endpoints,
    authenticate: (_peer, { id }) => ({ kind: 'proxy', mesh: MESH, proxy: id }),
    onStatus: () => {},
    now: () => performance.now(),
    setTimer: (callback, millis) => {
      const timer = setTimeout(callback, millis);
      return () => clearTimeout(timer);
    },
    settings: { streamBurst: 10_000 },
  },
  { random: Math.random },
);
const { port } = await relay.listen('127.0.0.1:0');

process.on('message', async (message: Asked) => {
  if (message.ask === 'publish') publishing = publishing.then(put);
  else process.send?.(await usage());
});
process.once('disconnect', () => process.exit());
process.stdout.write(`${port}\n`);

/** Each version changes listeners, every fifth clusters and with them endpoints. */
async function put(): Promise<void> {
  versions += 1;
  const timeout = `${1 + Math.floor(versions / 5)}s`;
  await publish(snapshots, handMadeSnapshot({ n: versions, fixedPort: 1, routeTo: 'fixed', statPrefix: `in${versions}`, timeout }));
}

async function usage(): Promise<Usage> {
  await publishing;
  for (let round = 0; round < COLLECTIONS; round += 1) {
    globalThis.gc?.();
    await sleep(100);
  }
  const { rss: residentBytes, heapUsed: heapBytes } = process.memoryUsage();
  return { residentBytes, heapBytes, descriptors: readdirSync('/proc/self/fd').length, versions };
}

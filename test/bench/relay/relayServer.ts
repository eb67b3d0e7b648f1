// The relay that is measured, in a process of its own so that its work is its own: `relayServer.ts OPTIONS`, a RelayUnderTest as
// JSON. Prints its ports as soon as it serves, answers `POST /update?marker=M` once the change is published, ends on SIGTERM or
// with its parent.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { MemorySnapshots } from '@meshwright/local';
import { createRelay, type RelayParts, readTlsFiles, type TlsFiles, type TransportName } from '@meshwright/relay';
import { BenchContent, MESH, proxyName, readDump } from './content.ts';

/** What this process is told. */
export interface RelayUnderTest {
  /** Folder with the peer's responses. */
  readonly dump: string;
  /** How many different contents there are: node `node-I` has the one numbered I modulo this. */
  readonly sets: number;
  readonly transport: TransportName;
  /** Turns mutual TLS on. */
  readonly tls?: TlsFiles;
  /** Folder for CPU profiles, one up to the first change and one from then on; none are taken without it. */
  readonly profiles?: string;
}

/** What this process prints once it serves, as JSON. */
export interface RelayPorts {
  readonly xds: number;
  readonly trigger: number;
}

const UNBOUNDED = 1_000_000;

const { dump, sets, transport, tls, profiles } = JSON.parse(process.argv[2] ?? '{}') as RelayUnderTest;
const profiler = profiles === undefined ? undefined : new Session();
profiler?.connect();
await profiler?.post('Profiler.enable');
await profiler?.post('Profiler.start');
let phase: 'connect' | 'updates' = 'connect';

const content = new BenchContent(await readDump(dump), sets);
const snapshots = new MemorySnapshots();
await publish('initial');
const parts: RelayParts = {
  snapshots,
  endpoints: content.endpoints,
  authenticate: (_peer, { id }) => ({ kind: 'proxy', mesh: MESH, proxy: proxyName(Number(id.slice(id.lastIndexOf('-') + 1)) % sets) }),
  onStatus: () => {},
  now: () => performance.now(),
  setTimer: (callback, millis) => {
    const timer = setTimeout(callback, millis);
    return () => clearTimeout(timer);
  },
  // A storm is what is measured: nobody waits in line, and all may be of one proxy.
  settings: { streamBurst: UNBOUNDED, firstPushes: UNBOUNDED, streamsPerProxy: UNBOUNDED },
};
const relay = createRelay(parts, {
  random: Math.random,
  transport,
  ...(tls && { tls: { read: () => readTlsFiles(tls), onFailure: (reason) => process.stderr.write(`${reason}\n`) } }),
});
const { port: xds } = await relay.listen('127.0.0.1:0');
const trigger = createServer((request, response) => {
  const marker = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('marker') ?? '';
  change(marker).then(
    () => response.end(),
    (error) => response.writeHead(500).end(String(error)),
  );
});
trigger.listen(0, '127.0.0.1', () => {
  const address = trigger.address();
  const ports: RelayPorts = { xds, trigger: typeof address === 'object' && address !== null ? address.port : 0 };
  process.stdout.write(`${JSON.stringify(ports)}\n`);
});
process.once('SIGTERM', () => void saveProfile().finally(() => process.exit()));
process.once('disconnect', () => process.exit());

async function change(marker: string): Promise<void> {
  if (phase === 'connect') {
    await saveProfile();
    await profiler?.post('Profiler.start');
    phase = 'updates';
  }
  await publish(marker);
}

async function publish(marker: string): Promise<void> {
  const parent = (await snapshots.head(MESH))?.latest;
  const outcome = await snapshots.publish(content.change(marker), parent);
  if (outcome !== 'published') throw new Error(`the change was not published but ${outcome}`);
}

async function saveProfile(): Promise<void> {
  if (profiler === undefined || profiles === undefined) return;
  const { profile } = await profiler.post('Profiler.stop');
  mkdirSync(profiles, { recursive: true });
  writeFileSync(join(profiles, `${phase}-${process.pid}.cpuprofile`), JSON.stringify(profile));
}

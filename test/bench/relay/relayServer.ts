// The relay that is measured, in a process of its own so that its work is its own: `relayServer.ts OPTIONS`, a RelayUnderTest as
// JSON. Prints its ports as soon as it serves, takes versions by `POST /object?key=KEY` and `POST /head`,
// ends on SIGTERM or with its parent.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createRelay, type RelayParts, readTlsFiles, type TlsFiles, type TransportName } from '@meshwright/relay';
import { BenchContent, MESH, proxyName, readDump } from './content.ts';
import { PostedSnapshots } from './postedSnapshots.ts';

/** What this process is told. */
export interface RelayUnderTest {
  /** Folder with the peer's responses. */
  readonly dump: string;
  /** How many different contents there are: node `node-I` has the one numbered I modulo this. */
  readonly sets: number;
  readonly transport: TransportName;
  /** Turns mutual TLS on. */
  readonly tls?: TlsFiles;
  /** Folder for CPU profiles: one up to the first change, one from then on; none are taken without it. */
  readonly profiles?: string;
}

/** What this process prints once it serves, as JSON. */
export interface RelayPorts {
  readonly xds: number;
  /** Where versions are posted. */
  readonly versions: number;
}

const UNBOUNDED = 1_000_000;

const { dump, sets, transport, tls, profiles } = JSON.parse(process.argv[2] ?? '{}') as RelayUnderTest;
const profiler = profiles === undefined ? undefined : new Session();
profiler?.connect();
await profiler?.post('Profiler.enable');
await profiler?.post('Profiler.start');
let versions = 0;

const snapshots = new PostedSnapshots();
const { endpoints } = new BenchContent(await readDump(dump), sets);
const parts: RelayParts = {
  snapshots,
  endpoints,
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
  onWarmUp: ({ failure }) => failure !== undefined && process.stderr.write(`the relay did not warm up: ${failure}\n`),
  ...(tls && { tls: { read: () => readTlsFiles(tls), onFailure: (reason) => process.stderr.write(`${reason}\n`) } }),
});
const { port: xds } = await relay.listen('127.0.0.1:0');
const server = createServer((request, response) => {
  take(request).then(
    () => response.end(),
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const ports: RelayPorts = { xds, versions: typeof address === 'object' && address !== null ? address.port : 0 };
  process.stdout.write(`${JSON.stringify(ports)}\n`);
});
process.once('SIGTERM', () => void saveProfile('updates').finally(() => process.exit()));
process.once('disconnect', () => process.exit());

async function take(request: IncomingMessage): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const body = await buffer(request);
  if (pathname === '/object') {
    snapshots.putObject(MESH, searchParams.get('key') ?? '', body);
    return;
  }
  versions += 1;
  // The first version is what streams connect to, the second the first change.
  if (versions === 2) {
    await saveProfile('connect');
    await profiler?.post('Profiler.start');
  }
  snapshots.putHead(body);
}

async function saveProfile(phase: 'connect' | 'updates'): Promise<void> {
  if (profiler === undefined || profiles === undefined) return;
  const { profile } = await profiler.post('Profiler.stop');
  writeFileSync(join(profiles, `${phase}-${process.pid}.cpuprofile`), JSON.stringify(profile));
}

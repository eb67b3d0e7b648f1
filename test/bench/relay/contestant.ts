import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TransportName } from '@meshwright/relay';
import { type Program, startProgram } from '../../process/program.ts';
import type { TlsFolder } from './certificates.ts';
import { readDump } from './content.ts';
import { behindRaisedLimit } from './fileLimit.ts';
import { Publisher } from './publisher.ts';
import type { RelayPorts, RelayUnderTest } from './relayServer.ts';
import type { Rival, Scenario } from './scenario.ts';

/** A server that is measured. */
export interface Contestant extends AsyncDisposable {
  readonly program: Program;
  /** `host:port` of its ADS. */
  readonly address: string;
  /** What changes one route; `{marker}` is replaced. */
  readonly triggerUrl: string;
}

/** Where a contestant finds what it serves with. */
export interface Grounds {
  /** Folder with the peer's programs. */
  readonly programs: string;
  /** Folder with the peer's responses. */
  readonly dump: string;
  readonly tls: TlsFolder | undefined;
  readonly transport: TransportName;
  /** Folder for CPU profiles of the relay; none are taken without it. */
  readonly profiles?: string;
}

const SERVER = join(import.meta.dirname, 'relayServer.ts');

/** Starts our relay with the peer's content. */
export async function startOurs(scenario: Scenario, { dump, tls, transport, profiles }: Grounds): Promise<Contestant> {
  const files = tls && { certificateFile: tls.serverCertificate, keyFile: tls.serverKey, clientAuthoritiesFile: tls.authority };
  const told: RelayUnderTest = { dump, sets: scenario.sets, transport, ...(files && { tls: files }), ...(profiles && { profiles }) };
  await using started = new AsyncDisposableStack();
  const program = started.use(startProgram(behindRaisedLimit([process.execPath, SERVER, JSON.stringify(told)]), { messages: true }));
  const { xds, versions } = JSON.parse(await program.nextLine()) as RelayPorts;
  const publisher = started.use(await Publisher.start(await readDump(dump), scenario.sets, `http://127.0.0.1:${versions}/`));
  const running = started.move();
  const dispose = (): Promise<void> => running.disposeAsync();
  return { program, address: `127.0.0.1:${xds}`, triggerUrl: publisher.triggerUrl, [Symbol.asyncDispose]: dispose };
}

/** Starts the peer. */
export async function startPeer(rival: Rival, scenario: Scenario, { programs, tls }: Grounds): Promise<Contestant> {
  const [xds, admin] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`) as [string, string];
  const nodes = rival === 'linear' ? [] : ['-nodes', String(scenario.streams), '-distinct', String(scenario.sets)];
  const secure = tls ? ['-tls-cert', tls.serverCertificate, '-tls-key', tls.serverKey, '-tls-client-ca', tls.authority] : [];
  const command = [join(programs, 'gcpserver'), '-cache', rival, '-services', '100', '-listen', xds, '-admin', admin, ...nodes, ...secure];
  await using started = new AsyncDisposableStack();
  const program = started.use(startProgram(behindRaisedLimit(command)));
  await program.says('stderr', /serving/);
  const running = started.move();
  const dispose = (): Promise<void> => running.disposeAsync();
  return { program, address: xds, triggerUrl: `http://${admin}/update?marker={marker}`, [Symbol.asyncDispose]: dispose };
}

/** The peer cannot pick a port by itself and tell it. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  await Promise.all(listening);
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

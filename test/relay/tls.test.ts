import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import { type PeerInfo, readTlsFiles, type TlsMaterial, type TlsSource } from '@meshwright/relay';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdsClient, type ClientTls } from './adsClient.ts';
import { makeAuthority } from './certificates.ts';
import { handMadeSnapshot, MESH, PROXY } from './handMadeMesh.ts';
import { publish, startRelay, TRANSPORTS } from './relayUnderTest.ts';

const SPIFFE = 'spiffe://mesh.test/mesh/apps/virtualNode/app';

describe.each(TRANSPORTS)('the relay over TLS, by %s', (transport) => {
  const authority = makeAuthority();
  const server = authority.issue({ dns: 'relay.test' });
  const snapshots = new MemorySnapshots();
  let peers: PeerInfo[];
  let started: Awaited<ReturnType<typeof startRelay>> | undefined;
  let clients: AdsClient[];

  beforeEach(async () => {
    peers = [];
    clients = [];
    if ((await snapshots.head(MESH)) === undefined) await publish(snapshots, handMadeSnapshot({ n: 1, fixedPort: 1, routeTo: 'fixed' }));
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await started?.relay.close(1_000);
    started = undefined;
  });

  const start = async (tls: TlsSource, tlsReloadMillis = 60_000): Promise<number> => {
    started = await startRelay({
      snapshots,
      transport,
      tls,
      settings: { tlsReloadMillis },
      authenticate: (peer, { id }) => {
        peers.push(peer);
        return { kind: 'proxy', mesh: MESH, proxy: id };
      },
    });
    return started.port;
  };
  const fixed = (material: TlsMaterial): TlsSource => ({ read: async () => material, onFailure: (reason) => expect.unreachable(reason) });
  const mutual = fixed({ ...server, clientAuthorities: authority.certificate });
  const ask = (port: number, tls?: ClientTls) => {
    const client = new AdsClient(`127.0.0.1:${port}`, tls);
    clients.push(client);
    const stream = client.sotw();
    stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    return stream;
  };

  it('serves who trusts its authority, and nobody in plain text', async () => {
    const port = await start(fixed(server));
    expect(await ask(port, { authority: authority.certificate }).next()).toMatchObject({ resourceCount: 2 });
    expect(peers[0]).not.toHaveProperty('certificateUri');
    expect((await ask(port).ended).status).toBe(status.UNAVAILABLE);
  });

  it('tells who asks by the one URI of the client’s certificate', async () => {
    const port = await start(mutual);
    const own = authority.issue({ dns: 'app.test', uris: [SPIFFE] });
    expect(await ask(port, { authority: authority.certificate, own }).next()).toMatchObject({ resourceCount: 2 });
    expect(peers).toMatchObject([{ certificateUri: SPIFFE }]);
  });

  it('takes a certificate without a URI for nobody’s in particular', async () => {
    const port = await start(mutual);
    const own = authority.issue({ dns: 'app.test' });
    await ask(port, { authority: authority.certificate, own }).next();
    expect(peers[0]).not.toHaveProperty('certificateUri');
  });

  it.each<readonly [string, readonly (string | Uint8Array)[]]>([
    ['two URIs', [SPIFFE, `${SPIFFE}2`]],
    ['a comma', [`${SPIFFE},other`]],
    ['what looks like a second name', [`${SPIFFE}, URI:spiffe://mesh.test/other`]],
    ['a NUL', [Buffer.from(`${SPIFFE}\0.evil`)]],
    ['a line break', [`${SPIFFE}\n`]],
    ['a quote', [`${SPIFFE}"`]],
    ['letters beyond ASCII', [Buffer.from('spiffe://mesh.test/ünser')]],
    ['a space', ['spiffe://mesh.test/a b']],
    ['nothing in it', ['']],
    ['more than 2,048 characters', [`spiffe://mesh.test/${'x'.repeat(2_048)}`]],
  ])('refuses a certificate with %s in its URIs', async (_what, uris) => {
    const port = await start(mutual);
    const own = authority.issue({ dns: 'app.test', uris });
    expect((await ask(port, { authority: authority.certificate, own }).ended).status).toBe(status.UNAVAILABLE);
    expect(peers).toEqual([]);
  });

  it('refuses who shows no certificate, or one of another authority', async () => {
    const port = await start(mutual);
    const foreign = makeAuthority('authority').issue({ uris: [SPIFFE] });
    expect((await ask(port, { authority: authority.certificate }).ended).status).toBe(status.UNAVAILABLE);
    expect((await ask(port, { authority: authority.certificate, own: foreign }).ended).status).toBe(status.UNAVAILABLE);
    expect(peers).toEqual([]);
  });

  it('speaks TLS 1.2 and later, HTTP/2 and nothing else, and resumes sessions', async () => {
    const port = await start(mutual);
    const own = authority.issue({ uris: [SPIFFE] });
    const base = { host: '127.0.0.1', port, ca: authority.certificate, servername: 'relay.test', cert: own.certificate, key: own.key };
    const dial = (options: ConnectionOptions) => handshake({ ...base, ...options });
    const first = await dial({ ALPNProtocols: ['h2'], maxVersion: 'TLSv1.2' });
    expect(first).toMatchObject({ protocol: 'TLSv1.2', alpn: 'h2', isReused: false });
    expect(await dial({ ALPNProtocols: ['h2'], maxVersion: 'TLSv1.2', session: first.session })).toMatchObject({ isReused: true });
    await expect(dial({ ALPNProtocols: ['http/1.1'] })).rejects.toThrow();
    await expect(dial({ ALPNProtocols: ['h2'], minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' })).rejects.toThrow();
  });

  it('takes up files that are replaced, and keeps what it has while they do not belong together', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'relay-tls-'));
    const files = { certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    const put = async (file: string, content: string): Promise<void> => {
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    };
    await put(files.certificateFile, server.certificate);
    await put(files.keyFile, server.key);
    const { promise: failed, resolve } = Promise.withResolvers<string>();
    const port = await start({ read: () => readTlsFiles(files), onFailure: resolve }, 5);
    const next = makeAuthority();
    const renewed = next.issue({ dns: 'relay.test' });
    await put(files.certificateFile, renewed.certificate);
    expect(await failed).toMatch(/key/i);
    expect(await ask(port, { authority: authority.certificate }).next()).toMatchObject({ resourceCount: 2 });
    await put(files.keyFile, renewed.key);
    let served = false;
    while (!served) served = await trusts(port, next.certificate);
    await rm(folder, { recursive: true });
  });
});

interface Handshake {
  readonly protocol: string | null;
  readonly alpn: string | false | null;
  readonly isReused: boolean;
  readonly session: Buffer;
}

async function handshake(options: ConnectionOptions): Promise<Handshake> {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>();
  const socket: TLSSocket = connectTls(options);
  // With TLS 1.2 the session is there when the handshake is done.
  socket.once('secureConnect', () => {
    const session = socket.getSession() ?? Buffer.alloc(0);
    resolve({ protocol: socket.getProtocol(), alpn: socket.alpnProtocol, isReused: socket.isSessionReused(), session });
  });
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the connection was closed')));
  return await promise.finally(() => socket.destroy());
}

async function trusts(port: number, ca: string): Promise<boolean> {
  return await handshake({ host: '127.0.0.1', port, ca, servername: 'relay.test', ALPNProtocols: ['h2'] }).then(
    () => true,
    () => false,
  );
}

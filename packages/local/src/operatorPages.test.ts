import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalOptions, type LocalServer, startLocal } from './server.ts';

let dataFolder: string;
let server: LocalServer;
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-pages-'));
});
afterEach(async () => {
  await server.close();
  await rm(dataFolder, { recursive: true });
});

async function start(options: Partial<LocalOptions> = {}): Promise<void> {
  server = await startLocal({ apiPort: 0, xdsPort: 0, dataFolder, ...options });
}

async function createMesh(): Promise<void> {
  const body = JSON.stringify({ meshName: 'apps' });
  expect((await fetch(`${server.apiUrl}/v20190125/meshes`, { method: 'PUT', body })).status).toBe(200);
}

const page = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server.apiUrl}${path}`, init);

it('tells its metrics to Prometheus', async () => {
  const published = Promise.withResolvers<void>();
  await start({ onPublished: () => published.resolve() });
  await createMesh();
  await published.promise;
  const answer = await page('/metrics');
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await answer.text();
  expect(text).toMatch(/^meshwright_publications_total\{outcome="published"\} 1$/m);
  expect(text).toMatch(/^meshwright_compile_seconds_count 1$/m);
  expect(text).toMatch(/^meshwright_xds_push_queue_streams 0$/m);
  expect(text).toMatch(/^target_info\{service_name="meshwright"\} 1$/m);
});

it('lives and is ready, also without a mesh; its pages are only read', async () => {
  await start();
  for (const path of ['/healthz', '/readyz', '/readyz?verbose']) expect([path, (await page(path)).status]).toEqual([path, 200]);
  const head = await page('/readyz', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '6', '']);
  const put = await page('/metrics', { method: 'PUT', body: '' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

it('is ready with damaged snapshots that can be made again from the store', async () => {
  await start();
  await createMesh();
  await server.close();
  await start();
  const snapshots = join(dataFolder, 'snapshots');
  const files = (await readdir(snapshots, { recursive: true })).filter((name) => name.endsWith('.snapshot'));
  for (const file of files) await writeFile(join(snapshots, file), 'damaged');

  expect((await page('/readyz')).status).toBe(200);
});

it('pushes metrics to a collector, and says when that does not work', async () => {
  const received: IncomingMessage[] = [];
  const bodies: Promise<unknown>[] = [];
  const collector: Server = createServer((incoming, outgoing) => {
    received.push(incoming);
    bodies.push(json(incoming).finally(() => outgoing.writeHead(received.length === 1 ? 400 : 200).end('{}')));
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const outcomes: (string | undefined)[] = [];
  const arrived = Promise.withResolvers<void>();
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/metrics`;
  await start({
    telemetry: { serviceName: 'tests', otlp: { url, intervalMillis: 20 } },
    onMetricsPush: (failure) => {
      outcomes.push(failure);
      if (failure === undefined) arrived.resolve();
    },
  });
  await arrived.promise;
  expect(received[0]?.url).toBe('/v1/metrics');
  expect(outcomes).toEqual([expect.stringMatching(/./), undefined]);
  expect(JSON.stringify(await bodies[1])).toContain('"process_resident_memory_bytes"');
  expect(JSON.stringify(await bodies[1])).toContain('{"key":"service.name","value":{"stringValue":"tests"}}');
  collector.close();
  collector.closeAllConnections();
});

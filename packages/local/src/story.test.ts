import type { Diagnostic } from '@meshwright/model';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from './log.ts';
import { tellStory } from './story.ts';

const entries: LogEntry[] = [];
const story = tellStory((entry) => entries.push(entry), { now: () => 0, setTimer: () => () => {} });
const told = (tell: () => void): readonly string[] => {
  entries.length = 0;
  tell();
  return entries.map(({ area, text }) => `${area}: ${text}`);
};

const peer = { address: '127.0.0.1:4', userAgent: '' };
const session = { session: 3, peer, node: { id: 'mesh/apps/virtualNode/servicea', cluster: '', envoyVersion: '1.40.0' } };
const VERSION_7 = { kind: 'published', version: { epoch: 1, n: 7n, build: 1 }, diagnostics: [], compileMillis: 2.6 } as const;
const clusters = {
  ...session,
  typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  version: 'v',
  snapshotVersion: '1.7.1',
} as const;

describe('the story', () => {
  it('tells of a proxy from its coming to its refusal', () => {
    const lines = told(() => {
      story.onStatus({ ...session, kind: 'connected', protocol: 'delta', admission: { kind: 'unknown', reason: 'no such account' } });
      story.onStatus({ ...clusters, kind: 'sent', resourceCount: 2, sizeBytes: 90 });
      story.onStatus({ ...clusters, kind: 'rejected', message: 'no such thing' });
    });
    expect(lines).toEqual([
      'xds: #3 mesh/apps/virtualNode/servicea connected from 127.0.0.1:4, Envoy 1.40.0, delta; unknown, nothing is sent: no such account',
      'xds: #3 mesh/apps/virtualNode/servicea sent Cluster of version 1.7.1: 2 resources, 90 bytes',
      'xds: #3 mesh/apps/virtualNode/servicea REJECTED Cluster of version 1.7.1: no such thing',
    ]);
  });

  it('tells of a proxy that reconnected what it holds already', () => {
    const acked = (millis: number) => told(() => story.onStatus({ ...clusters, kind: 'acked', millis }));
    expect([...acked(0), ...acked(6.4)]).toEqual([
      'xds: #3 mesh/apps/virtualNode/servicea already holds Cluster of version 1.7.1, nothing is sent',
      'xds: #3 mesh/apps/virtualNode/servicea acknowledged Cluster of version 1.7.1 after 6 ms',
    ]);
  });

  it('tells what is held back, who refused it and why, and when that is over', () => {
    const { typeUrl } = clusters;
    const entry = { typeUrl, name: 'c', hash: 'h' };
    const refused = { ...entry, nodes: ['virtualNode/a', 'virtualNode/b'], nodeCount: 9, envoyVersion: '1.40.0', message: 'no such thing' };
    expect(told(() => story.onHold({ mesh: '123456789012/apps', held: [refused], released: [] }))).toEqual([
      'publish: apps HOLDS BACK Cluster c, 2 of 9 nodes (Envoy 1.40.0) refused it: no such thing',
    ]);
    expect(told(() => story.onHold({ mesh: '123456789012/apps', held: [], released: [entry] }))).toEqual([
      'publish: apps holds back Cluster c no longer',
    ]);
  });

  it('tells at a start what stands in a mesh, unless that was told already', () => {
    const mesh = { owner: '123456789012', mesh: 'quiet' };
    const ref = { kind: 'virtualNode', mesh: 'quiet', name: 'a' } as const;
    const diagnostic = { code: 'c', severity: 'error', ref, pointer: '/p', message: 'Wrong.', fix: 'mend it' } as const;
    const standing = (...diagnostics: readonly Diagnostic[]) => told(() => story.onStanding(mesh, { revision: 1n, diagnostics }));
    expect(told(() => story.onStanding(mesh, { cause: new Error('away') }))).toEqual([
      'publish: quiet cannot be looked through, its next publication tells what is wrong in it: Error: away',
    ]);
    expect(standing(diagnostic)).toEqual([
      'publish: quiet has 1 diagnostic since before this start',
      'publish: quiet error c in virtualNode/a /p: Wrong. Fix: mend it',
    ]);
    expect(standing(diagnostic)).toEqual([]);
  });

  it('tells of what proxies refuse when it comes and when it goes, and publications count it', () => {
    const mesh = { owner: '123456789012', mesh: 'refusing' };
    const ref = { kind: 'virtualNode', mesh: 'refusing', name: 'a' } as const;
    const place = { code: 'refused-by-proxy', severity: 'error', ref, pointer: '/listeners' } as const;
    const by = (proxies: string) => ({ ...place, message: `${proxies} refused it.`, fix: 'Mend it.' });
    const refused = (...diagnostics: readonly Diagnostic[]) => told(() => story.onRefused('123456789012/refusing', diagnostics));
    const line = (proxies: string) => `error refused-by-proxy in virtualNode/a /listeners: ${proxies} refused it. Fix: Mend it.`;
    expect(refused(by('1 proxy'))).toEqual([`publish: refusing ${line('1 proxy')}`]);
    expect(refused(by('2 proxies'))).toEqual([]);
    const [publication] = told(() => story.onPublished({ mesh, result: { ...VERSION_7, changedProxies: [] }, millis: 4 }));
    expect(publication).toMatch(/; 1 diagnostic stands$/);
    expect(refused()).toEqual([`publish: refusing resolved: ${line('2 proxies')}`]);
  });

  it('tells of each mistake in a mesh when it comes and when it goes, with its place and fix', () => {
    const ref = { kind: 'route', mesh: 'apps', parent: 'router', name: 'route' } as const;
    const diagnostic = {
      code: 'no-target',
      severity: 'warning',
      ref,
      pointer: '/httpRoute',
      message: 'Nothing there.',
      fix: 'Name one.',
    } as const;
    const result = { ...VERSION_7, changedProxies: ['virtualNode/a'], diagnostics: [diagnostic] };
    const mesh = { owner: '123456789012', mesh: 'apps' };
    const published = (...diagnostics: readonly Diagnostic[]) =>
      told(() => story.onPublished({ mesh, result: { ...result, diagnostics }, millis: 4.4 }));
    expect(published(diagnostic)).toEqual([
      'publish: apps version 1.7.1 published in 4 ms, 3 of them compiling; 1 node or gateway gets something new: virtualNode/a; 1 diagnostic stands',
      'publish: apps warning no-target in virtualRouter/router/route/route /httpRoute: Nothing there. Fix: Name one.',
    ]);
    expect(published(diagnostic)).toEqual([
      'publish: apps version 1.7.1 published in 4 ms, 3 of them compiling; 1 node or gateway gets something new: virtualNode/a; 1 diagnostic stands',
    ]);
    expect(published({ ...diagnostic, pointer: '/tcpRoute' })).toEqual([
      'publish: apps version 1.7.1 published in 4 ms, 3 of them compiling; 1 node or gateway gets something new: virtualNode/a; 1 diagnostic stands (1 new, 1 resolved)',
      'publish: apps resolved: warning no-target in virtualRouter/router/route/route /httpRoute: Nothing there. Fix: Name one.',
      'publish: apps warning no-target in virtualRouter/router/route/route /tcpRoute: Nothing there. Fix: Name one.',
    ]);
    expect(entries[2]).toMatchObject({
      level: 'warning',
      fields: { diagnostic: { resource: 'mesh/apps/virtualRouter/router/route/route' } },
    });
    expect(published()[0]).toMatch(/; 0 diagnostics stand \(1 resolved\)$/);
    expect(published()).toEqual([
      'publish: apps version 1.7.1 published in 4 ms, 3 of them compiling; 1 node or gateway gets something new: virtualNode/a',
    ]);
  });

  it('tells of a version who it changes, the first of many by name', () => {
    const changing = (changedProxies: readonly string[]) =>
      told(() =>
        story.onPublished({ mesh: { owner: '123456789012', mesh: 'many' }, result: { ...VERSION_7, changedProxies }, millis: 4 }),
      )[0];
    expect(changing([])).toMatch(/; no node or gateway gets anything new$/);
    expect(changing(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toMatch(/; 7 nodes or gateways get something new: a, b, c, d, e, 2 more$/);
    const unchanged = { ...VERSION_7, kind: 'unchanged', changedProxies: ['a'] } as const;
    const mesh = { owner: '123456789012', mesh: 'many' };
    expect(told(() => story.onPublished({ mesh, result: unchanged, millis: 4 }))[0]).toMatch(/; no node or gateway gets anything new$/);
    changing(['g']);
    expect(entries[0]?.fields).toMatchObject({ compileMillis: 2.6, changedProxies: expect.arrayContaining(['g']) });
  });

  it('tells in words why a snapshot was refused', () => {
    const problems = Array.from({ length: 7 }, (_, n) => ({ proxy: `virtualNode/n${n}`, message: 'there is no resource abc' }));
    const result = { kind: 'refused', version: { epoch: 1, n: 7n, build: 1 }, problems } as const;
    const [line] = told(() => story.onPublished({ mesh: { owner: '123456789012', mesh: 'apps' }, result, millis: 1 }));
    expect(line).toContain('version 1.7.1 contradicts itself and is not published');
    expect(line).toMatch(/virtualNode\/n0: there is no resource abc; .*; 2 more$/);
  });

  it('tells an Envoy of what does not exist what to create', () => {
    const orphaned = (id: string, reason: string) =>
      told(() => story.onStatus({ ...session, node: { ...session.node, id }, kind: 'orphaned', reason }));
    const arn = 'arn:aws:appmesh:us-east-1:123456789012:mesh/shop/virtualNode/cart';
    expect([
      ...orphaned('mesh/apps/virtualNode/servicea', 'mesh 123456789012/apps has no snapshot'),
      ...orphaned(arn, 'mesh 123456789012/shop has no snapshot'),
      ...orphaned(arn, 'mesh 123456789012/shop has no virtualNode/cart at 1.7.1'),
      ...orphaned('mesh/shop/virtualGateway/entry', 'mesh 123456789012/shop has no virtualGateway/entry at 1.7.1'),
    ]).toEqual([
      'xds: #3 mesh/apps/virtualNode/servicea orphaned, it keeps what it runs: there is no mesh "apps" (yet): create it, or start with --sample',
      `xds: #3 ${arn} orphaned, it keeps what it runs: there is no mesh "shop" (yet): create it`,
      `xds: #3 ${arn} orphaned, it keeps what it runs: mesh "shop" has no virtual node "cart" (yet): create it`,
      'xds: #3 mesh/shop/virtualGateway/entry orphaned, it keeps what it runs: mesh "shop" has no virtual gateway "entry" (yet): create it',
    ]);
  });

  it('tells what a request changed', () => {
    const event = {
      requestId: 'id',
      method: 'PUT',
      operation: 'UpdateRoute',
      resource: 'apps/router/route',
      revision: 8,
      status: 200,
      millis: 18,
    };
    expect(told(() => story.onRequest(event))).toEqual(['api: UpdateRoute apps/router/route 200 in 18 ms (id), revision 8']);
    expect(entries[0]).toMatchObject({ level: 'info' });
    expect(entries[0]?.fields).toMatchObject({ operation: 'UpdateRoute', resource: 'apps/router/route' });
  });

  it('tells nothing of those who look at the proxies again and again, unless they are refused', () => {
    const event = { requestId: 'id', method: 'GET', operation: 'ListProxies', resource: 'apps', millis: 1 };
    expect(told(() => story.onRequest({ ...event, status: 200 }))).toEqual([]);
    expect(told(() => story.onRequest({ ...event, status: 404 }))).toEqual(['api: ListProxies apps 404 in 1 ms (id)']);
  });

  it('tells the log what the caller is not told', () => {
    const event = { requestId: 'r', method: 'GET', status: 500, millis: 1, cause: new Error('disk on fire') };
    expect(told(() => story.onRequest(event))).toEqual([expect.stringContaining('api: GET 500 in 1 ms (r) [Error: disk on fire')]);
  });
});

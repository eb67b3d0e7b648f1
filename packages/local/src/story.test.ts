import { describe, expect, it } from 'vitest';
import type { LogEntry } from './log.ts';
import { tellStory } from './story.ts';

const entries: LogEntry[] = [];
const story = tellStory((entry) => entries.push(entry));
const told = (tell: () => void): readonly string[] => {
  entries.length = 0;
  tell();
  return entries.map(({ area, text }) => `${area}: ${text}`);
};

const peer = { address: '127.0.0.1:4', userAgent: '' };
const session = { session: 3, peer, node: { id: 'mesh/apps/virtualNode/servicea', cluster: '', envoyVersion: '1.40.0' } };
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

  it('tells of each mistake in a mesh with its place and fix', () => {
    const ref = { kind: 'route', mesh: 'apps', parent: 'router', name: 'route' } as const;
    const diagnostic = {
      code: 'no-target',
      severity: 'warning',
      ref,
      pointer: '/httpRoute',
      message: 'Nothing there.',
      fix: 'Name one.',
    } as const;
    const result = { kind: 'published', version: { epoch: 1, n: 7n, build: 1 }, diagnostics: [diagnostic] } as const;
    expect(told(() => story.onPublished({ mesh: { owner: '123456789012', mesh: 'apps' }, result, millis: 4.4 }))).toEqual([
      'publish: 123456789012/apps version 1.7.1 published in 4 ms',
      'publish: 123456789012/apps warning no-target in virtualRouter/router/route/route/httpRoute: Nothing there. Name one.',
    ]);
  });

  it('tells the log what the caller is not told', () => {
    const event = { requestId: 'r', method: 'GET', status: 500, millis: 1, cause: new Error('disk on fire') };
    expect(told(() => story.onRequest(event))).toEqual([expect.stringContaining('api: GET 500 in 1 ms (r) [Error: disk on fire')]);
  });
});

import type { HeldResource, SessionSummary } from '@meshwright/snapshot';
import { sampleSession, sampleSnapshot } from '@meshwright/snapshot/testing';
import { expect, it } from 'vitest';
import { MemorySnapshots } from '../snapshots/memorySnapshots.ts';
import { HeldDiagnostics } from './heldDiagnostics.ts';

const MESH = { owner: '123456789012', mesh: 'apps' };
const ROUTE = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
const snapshot = sampleSnapshot();
const hash = snapshot.proxies.get('virtualNode/node0')?.types.get(ROUTE)?.references.get('egress') ?? '';
const HELD: HeldResource = { typeUrl: ROUTE, name: 'egress', hash };

async function diagnosticsWith(held: readonly HeldResource[], sessions: readonly SessionSummary[] = []) {
  const snapshots = new MemorySnapshots();
  await snapshots.publish(snapshot, undefined);
  const head = await snapshots.head(snapshot.mesh);
  if (head !== undefined && held.length > 0) await snapshots.hold(head, held);
  const others = { diagnostics: async () => ({ revision: 1n, diagnostics: [] }) };
  return (await new HeldDiagnostics({ others, fleet: { sessions: async () => sessions }, snapshots }).diagnostics(MESH))?.diagnostics;
}

it('tells nothing where nothing is held', async () => {
  expect(await diagnosticsWith([])).toEqual([]);
});

it('tells of held content where it was made, when those who refused it are no longer told of', async () => {
  expect(await diagnosticsWith([HELD])).toMatchObject([
    {
      code: 'held-back',
      severity: 'error',
      ref: { kind: 'route', parent: 'r', name: 'r' },
      pointer: '/httpRoute',
      message: expect.stringMatching(/Envoy's egress\) is held back .* too many refused it: proxies$/),
    },
  ]);
});

it('tells what proxies said to it and what they meant, also when they have accepted everything else since', async () => {
  const causes = [{ envoyName: 'q/bad', resource: 'virtualRouter/q/route/bad', pointer: '' }];
  const rejected = {
    version: 'v',
    snapshotVersion: '1.1.1',
    at: '',
    message: 'no such thing',
    causes,
    contents: [{ name: 'egress', hash }],
  };
  const refusing = sampleSession({ proxy: 'virtualNode/node0', types: [{ typeUrl: ROUTE, state: 'SYNCED', rejected }] });
  expect(await diagnosticsWith([HELD], [refusing])).toMatchObject([
    { ref: { parent: 'q', name: 'bad' }, message: expect.stringMatching(/refused it: virtualNode\/node0 said: no such thing$/) },
  ]);
});

import { MemoryStore } from '@meshwright/local';
import { type Diagnostic, type MeshKey, MeshWriter, type Ref } from '@meshwright/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../app.ts';
import type { DiagnosticAnswer, DiagnosticsView } from './diagnostics.ts';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const DIAGNOSTICS = '/v1/meshes/apps/diagnostics';

const apps: Ref = { kind: 'mesh', mesh: 'apps', name: 'apps' };
const node: Ref = { kind: 'virtualNode', mesh: 'apps', name: 'a' };
const route: Ref = { kind: 'route', mesh: 'apps', parent: 'r', name: 'all' };

/** In the order in which they are to be answered; the two unknown backends differ in what is said alone. */
const found: readonly Diagnostic[] = [
  { code: 'not-compiled-yet', severity: 'warning', ref: apps, pointer: '', message: 'whole mesh', fix: 'wait' },
  { code: 'unknown-backend', severity: 'error', ref: node, pointer: '/backends/0', message: 'backend 1', fix: 'create it' },
  { code: 'unknown-backend', severity: 'warning', ref: node, pointer: '/backends/0', message: 'backend 2', fix: 'create it' },
  { code: 'not-compiled-yet', severity: 'warning', ref: node, pointer: '/listeners/0/tls', message: 'tls', fix: 'wait' },
  { code: 'all-weights-zero', severity: 'warning', ref: route, pointer: '/httpRoute', message: 'weights', fix: 'raise one' },
];

interface Listing {
  readonly revision: number;
  readonly diagnostics: readonly DiagnosticAnswer[];
  readonly nextToken?: string;
}

let known: readonly Diagnostic[];
let asked: MeshKey[];
const ask = serve({
  async diagnostics(mesh) {
    asked.push(mesh);
    return mesh.mesh === 'apps' ? { revision: 7n, diagnostics: known } : undefined;
  },
});

beforeEach(() => {
  known = found.toReversed();
  asked = [];
});

function serve(diagnostics?: DiagnosticsView) {
  const parts = { store: new MemoryStore(), identity, now: () => 0 };
  const writer = new MeshWriter({ ...parts, monotonic: () => 0, newUid: () => 'u', random: () => 0, sleep: async () => {} });
  const api = createApi({ ...parts, writer, newId: () => 'r', ...(diagnostics && { diagnostics }) });
  return async (target: string, method = 'GET') => {
    const response = await api.fetch(new Request('http://local/', { method }), target);
    return { status: response.status, type: response.headers.get('x-amzn-ErrorType'), body: (await response.json()) as Listing };
  };
}

const messages = ({ diagnostics }: Listing): readonly string[] => diagnostics.map(({ message }) => message);

describe('diagnostics of a mesh', () => {
  it('are told whole, with the revision they were found in', async () => {
    known = found.slice(4);
    const { ref: _, ...told } = found[4] as Diagnostic;
    const diagnostics = [{ ...told, resource: 'mesh/apps/virtualRouter/r/route/all' }];
    expect((await ask(DIAGNOSTICS)).body).toEqual({ revision: 7, diagnostics });
    expect(asked).toEqual([{ owner: identity.account, mesh: 'apps' }]);
  });

  it('are none where nothing is wrong', async () => {
    known = [];
    expect(await ask(DIAGNOSTICS)).toMatchObject({ status: 200, body: { revision: 7, diagnostics: [] } });
  });

  it('stand in the order of resources, places and codes, whatever order they were found in', async () => {
    const { body } = await ask(DIAGNOSTICS);
    expect(messages(body)).toEqual(found.map(({ message }) => message));
    known = found;
    expect((await ask(DIAGNOSTICS)).body).toEqual(body);
  });

  it.each([1, 2, 3, 5])('are listed in pages of %i, each once', async (limit) => {
    const listed: string[] = [];
    for (let query: string | undefined = ''; query !== undefined; ) {
      const { body } = await ask(`/base${DIAGNOSTICS}?limit=${limit}${query}`);
      expect(body.diagnostics.length).toBe(Math.min(limit, found.length - listed.length));
      listed.push(...messages(body));
      query = body.nextToken && `&nextToken=${body.nextToken}`;
    }
    expect(listed).toEqual(found.map(({ message }) => message));
  });

  it('go on in the next page where the one before ended, whatever came and went meanwhile', async () => {
    const { nextToken } = (await ask(`${DIAGNOSTICS}?limit=4`)).body;
    known = found.slice(4);
    expect(messages((await ask(`${DIAGNOSTICS}?nextToken=${nextToken}`)).body)).toEqual(['weights']);
    known = found.slice(0, 3);
    expect((await ask(`${DIAGNOSTICS}?nextToken=${nextToken}`)).body).toEqual({ revision: 7, diagnostics: [] });
  });

  it('are those of one severity, of one resource, or of both', async () => {
    const listed = async (query: string) => messages((await ask(`${DIAGNOSTICS}?${query}`)).body);
    const resource = 'resource=mesh%2Fapps%2FvirtualNode%2Fa';
    expect(await listed('severity=error')).toEqual(['backend 1']);
    expect(await listed(resource)).toEqual(['backend 1', 'backend 2', 'tls']);
    expect(await listed(`${resource}&severity=warning`)).toEqual(['backend 2', 'tls']);
    expect(await listed('resource=mesh/apps')).toEqual(['whole mesh']);
    expect(await listed('resource=mesh/apps/virtualNode/b')).toEqual([]);
    // The last one of a kind leads nowhere, though others come after it.
    expect((await ask(`${DIAGNOSTICS}?severity=error&limit=1`)).body.nextToken).toBeUndefined();
  });

  it('are not found where the mesh is not, forbidden where it is another account’s', async () => {
    expect(await ask('/v1/meshes/nowhere/diagnostics')).toMatchObject({ status: 404, type: 'NotFoundException' });
    expect(await ask(`${DIAGNOSTICS}?meshOwner=999999999999`)).toMatchObject({ status: 403, type: 'ForbiddenException' });
    expect(asked).toMatchObject([{ mesh: 'nowhere' }]);
  });

  it.each(['limit=0', 'limit=101', 'nextToken=x', 'severity=bad', 'severity='])('are refused with %s', async (query) => {
    expect(await ask(`${DIAGNOSTICS}?${query}`)).toMatchObject({ status: 400, type: 'BadRequestException' });
    expect(asked).toEqual([]);
  });

  it('are read, and nothing else', async () => {
    expect(await ask(DIAGNOSTICS, 'PUT')).toMatchObject({ status: 405, type: 'UnknownOperationException' });
  });

  it('have no path where nobody compiles', async () => {
    expect(await serve()(DIAGNOSTICS)).toMatchObject({ status: 404, type: 'UnknownOperationException' });
  });
});

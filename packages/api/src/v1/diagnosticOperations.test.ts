import { MemoryStore } from '@meshwright/local';
import { type Diagnostic, type MeshKey, MeshWriter, type Ref } from '@meshwright/model';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

const store = new MemoryStore();
let known: readonly Diagnostic[];
let asked: MeshKey[];
const ask = serve({
  async diagnostics(mesh) {
    asked.push(mesh);
    return mesh.mesh === 'apps' ? { revision: 7n, diagnostics: known } : undefined;
  },
});

beforeAll(async () => {
  const mesh = '/v20190125/meshes/apps';
  await ask('/v20190125/meshes', 'PUT', { meshName: 'apps' });
  for (const name of ['a', 'a/b', 'healthy']) await ask(`${mesh}/virtualNodes`, 'PUT', { virtualNodeName: name, spec: {} });
  await ask(`${mesh}/virtualRouters`, 'PUT', { virtualRouterName: 'r', spec: {} });
});

beforeEach(() => {
  known = found.toReversed();
  asked = [];
});

function serve(diagnostics?: DiagnosticsView) {
  const parts = { store, identity, now: () => 0 };
  const writer = new MeshWriter({ ...parts, monotonic: () => 0, newUid: () => 'u', random: () => 0, sleep: async () => {} });
  const api = createApi({ ...parts, writer, newId: () => 'r', ...(diagnostics && { diagnostics }) });
  return async (target: string, method = 'GET', body?: object) => {
    const response = await api.fetch(new Request('http://local/', { method, ...(body && { body: JSON.stringify(body) }) }), target);
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
    expect(await listed('resource=mesh/apps/virtualNode/healthy')).toEqual([]);
    // The last one of a kind leads nowhere, though others come after it.
    expect((await ask(`${DIAGNOSTICS}?severity=error&limit=1`)).body.nextToken).toBeUndefined();
  });

  it('are those of a resource and of what lies in it', async () => {
    const of = async (resource: string) => messages((await ask(`${DIAGNOSTICS}?resource=${encodeURIComponent(resource)}`)).body);
    known = [...found, { ...(found[3] as Diagnostic), ref: { ...node, name: 'a/b' }, message: 'another' }];
    expect(await of('mesh/apps')).toHaveLength(known.length);
    expect(await of('mesh/apps/virtualRouter/r')).toEqual(['weights']);
    expect(await of('mesh/apps/virtualNode/a')).toEqual(['backend 1', 'backend 2', 'tls']);
    expect(await of('mesh/apps/virtualNode/a/b')).toEqual(['another']);
  });

  it.each(['arn:aws:appmesh:us-east-1:123456789012:mesh/apps/virtualNode/a', 'mesh/apps/virtualNode/a', 'virtualNode/a'])(
    'are found by %s',
    async (resource) => {
      expect(messages((await ask(`${DIAGNOSTICS}?resource=${resource}`)).body)).toEqual(['backend 1', 'backend 2', 'tls']);
    },
  );

  it.each([
    'mesh/other/virtualNode/a',
    'mesh/apps/more/virtualNode/a',
    'arn:aws:appmesh:us-east-1:999999999999:mesh/apps/virtualNode/a',
    'arn:aws:appmesh:eu-west-1:123456789012:mesh/apps/virtualNode/a',
    'a',
    'virtualnode/a',
    'virtualNode/',
    'mesh/apps/',
    '',
  ])('are refused for %j, which is none of this mesh', async (resource) => {
    expect(await ask(`${DIAGNOSTICS}?resource=${resource}`)).toMatchObject({
      status: 400,
      body: {
        message: expect.stringMatching(/^resource is ".*" but must be one of mesh "apps": write it as .* or leave it out for all\.$/),
      },
    });
    expect(asked).toEqual([]);
  });

  it.each(['virtualNode/nobody', 'virtualRouter/r/route/none', 'virtualRouter/none/route/all'])(
    'are not found of %s, which is not there',
    async (resource) => {
      expect(await ask(`${DIAGNOSTICS}?resource=${resource}`)).toMatchObject({
        status: 404,
        type: 'NotFoundException',
        body: { message: expect.stringMatching(/ with name no(body|ne) is not present/) },
      });
    },
  );

  it('are refused with a parameter that there is not', async () => {
    expect(await ask(`${DIAGNOSTICS}?severty=error`)).toMatchObject({
      status: 400,
      body: {
        message:
          '"severty" is no query parameter of ListDiagnostics, which has severity, resource, limit, nextToken, meshOwner: correct it or leave it out.',
      },
    });
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

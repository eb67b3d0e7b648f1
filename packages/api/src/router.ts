import { MeshError, shown } from '@meshwright/model';
import { type Context, Hono } from 'hono';
import { UnknownOperation } from './errors.ts';
import type { Operation, OperationParts } from './operation.ts';
import { operations } from './operations.ts';
import { readJsonBody } from './requestBody.ts';
import type { RequestTarget } from './requestTarget.ts';
import { diagnosticOperations } from './v1/diagnosticOperations.ts';
import type { DiagnosticsView } from './v1/diagnostics.ts';
import type { FleetView } from './v1/fleet.ts';
import { fleetOperations } from './v1/fleetOperations.ts';

/** What a request carries through the router, and what the router tells about it. */
export interface RequestState {
  readonly requestId: string;
  readonly target: RequestTarget;
  /** Told which operation path and method name, what it is about, and what became of it. */
  readonly told: { operation?: string; resource?: string; revision?: number };
}

/** Hono's type parameters of the router. */
interface RouterEnv {
  readonly Bindings: RequestState;
}

/** What answers below `/v1`; each path is there only with what knows its answer. */
interface OwnViews {
  readonly fleet?: FleetView;
  readonly diagnostics?: DiagnosticsView;
  readonly pages?: readonly string[];
}

/** Paths beside App Mesh's, for whoever asks for one that there is not. */
interface OtherPaths {
  readonly own: readonly string[];
  readonly pages: readonly string[];
}

/** First segment of every App Mesh path: the version of its API. */
const APP_MESH_VERSION = 'v20190125';

/** First segment of the paths that go beyond App Mesh. */
const OWN_VERSION = 'v1';

/** The Hono app: a path and method to an operation's answer. It throws what goes wrong; the caller turns that into an answer. */
export function createRouter(parts: OperationParts & OwnViews): Hono<RouterEnv> {
  const app = new Hono<RouterEnv>({ getPath: (_request, options) => routedPath(options?.env?.target.segments ?? []) });
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  const serve = (version: string, served: readonly Operation[]): void => {
    for (const operation of served) {
      app.on(operation.method, `/${version}${operation.path}`, async (c) => c.json(await perform(operation, parts, c)));
    }
  };
  serve(APP_MESH_VERSION, operations);
  const own = [
    ...(parts.fleet === undefined ? [] : fleetOperations(parts.fleet)),
    ...(parts.diagnostics === undefined ? [] : diagnosticOperations(parts.diagnostics)),
  ];
  serve(OWN_VERSION, own);
  const ownPaths = own.map(({ path }) => `/${OWN_VERSION}${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  app.notFound((c) => {
    throw unknownOperation(app, c, { own: ownPaths, pages: ['/healthz', ...(parts.pages ?? [])] });
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}

/** The path without what stands before the version, encoded one way: what routes match and what tokens are kept under. */
function routedPath(segments: readonly string[]): string {
  // `v1` is a likely stage name, too: what stands right before the version is a base path.
  const root = segments.findIndex(
    (segment, index) => segment === APP_MESH_VERSION || (segment === OWN_VERSION && segments[index + 1] !== APP_MESH_VERSION),
  );
  return `/${segments.slice(Math.max(root, 0)).map(encodeURIComponent).join('/')}`;
}

async function perform(operation: Operation, parts: OperationParts, c: Context<RouterEnv>): Promise<object> {
  c.env.told.operation = operation.name;
  checkQuery(operation, c.env.target.query);
  return operation.run(parts, {
    requestId: c.env.requestId,
    operation: operation.name,
    path: c.req.path,
    query: c.env.target.query,
    param: (name) => c.req.param(name),
    about: (names) => {
      c.env.told.resource = names.join('/');
    },
    wrote: (generation) => {
      c.env.told.revision = Number(generation);
    },
    body: operation.method === 'PUT' ? await readJsonBody(c.req.raw) : {},
  });
}

/** A parameter with a slip in its name would be passed over, and the answer be taken for what was asked. */
function checkQuery({ name, query: known }: Operation, query: RequestTarget['query']): void {
  const unknown = known && [...query.keys()].find((parameter) => !known.includes(parameter));
  if (known === undefined || unknown === undefined) return;
  throw new MeshError(
    'BadRequest',
    `${shown(unknown)} is no query parameter of ${name}, which has ${known.join(', ')}: correct it or leave it out.`,
  );
}

function unknownOperation(app: Hono<RouterEnv>, c: Context<RouterEnv>, { own, pages }: OtherPaths): UnknownOperation {
  const { method, path } = c.req;
  const methods = ['GET', 'PUT', 'DELETE'].filter((other) => app.router.match(other, path)[0].length > 0);
  if (methods.length > 0) {
    return new UnknownOperation(
      405,
      `${method} is no operation of ${shown(path)}; that path has ${methods.join(' and ')}. Use one of these.`,
    );
  }
  if (path === '/v1' || path.startsWith('/v1/')) {
    const known = own.length === 0 ? '' : ` It has ${own.join(', ')}.`;
    return new UnknownOperation(404, `${shown(path)} is not there; /v1 is kept for what goes beyond the App Mesh API.${known}`);
  }
  const fix = `App Mesh paths are /${APP_MESH_VERSION}/meshes and below, and /tags, /tag and /untag beside it, after any base path; beside them there are ${[...(own.length === 0 ? [] : ['/v1 (ask it for its paths)']), ...pages].join(', ')}. Check the endpoint URL and the client's service.`;
  return new UnknownOperation(404, `${method} ${shown(path)} names no operation. ${fix}`);
}

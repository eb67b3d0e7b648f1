import type { ProxyStatus, UnknownNode } from '@meshwright/api';

/** The control plane did not answer, or not with an answer. */
export class AskFailed extends Error {
  override readonly name = 'AskFailed';
}

/** Where a fleet stands. */
export interface FleetState {
  readonly proxies: readonly ProxyStatus[];
  /** Left out where one mesh or state is asked for: what they are part of is not known. */
  readonly unknownNodes: readonly UnknownNode[];
}

const TIMEOUT_MILLIS = 10_000;

/**
 * Asks the API for all proxies, page by page.
 * @throws AskFailed with what went wrong and what to do.
 */
export async function readFleet(
  api: string,
  { mesh, state }: { readonly mesh?: string | undefined; readonly state?: string | undefined },
): Promise<FleetState> {
  const meshes = mesh === undefined ? await meshNames(api) : [mesh];
  const filter: Readonly<Record<string, string>> = state === undefined ? {} : { state };
  const proxies: ProxyStatus[] = [];
  for (const name of meshes) {
    proxies.push(...(await all<ProxyStatus>(api, `/v1/meshes/${encodeURIComponent(name)}/proxies`, 'proxies', filter)));
  }
  const isWhole = mesh === undefined && state === undefined;
  const unknown = isWhole ? await all<UnknownNode>(api, '/v1/unknown-nodes', 'unknownNodes') : [];
  // Those of a mesh that exists are among its proxies.
  const told = new Set(proxies.map(({ id, relay }) => `${relay} ${id}`));
  return {
    proxies,
    unknownNodes: unknown.filter(({ id, relay, disconnectedAt }) => disconnectedAt === undefined && !told.has(`${relay} ${id}`)),
  };
}

async function meshNames(api: string): Promise<readonly string[]> {
  const meshes = await all<{ readonly meshName: string }>(api, '/v20190125/meshes', 'meshes');
  return meshes.map(({ meshName }) => meshName);
}

async function all<T>(api: string, path: string, member: string, query: Readonly<Record<string, string>> = {}): Promise<readonly T[]> {
  const items: T[] = [];
  for (let nextToken: string | undefined = ''; nextToken !== undefined; ) {
    const parameters = new URLSearchParams({ ...query, limit: '100', ...(nextToken !== '' && { nextToken }) });
    const page: Record<string, unknown> = await ask(`${api}${path}?${parameters}`);
    const found = page[member];
    if (!Array.isArray(found))
      throw new AskFailed(`${api}${path} answers no ${member}: name the API of a Meshwright control plane with --api`);
    items.push(...(found as T[]));
    nextToken = typeof page.nextToken === 'string' ? page.nextToken : undefined;
  }
  return items;
}

async function ask(url: string): Promise<Record<string, unknown>> {
  const { origin } = new URL(url);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
    body = await response.json();
  } catch (error) {
    throw new AskFailed(`${origin} gives no answer (${reasonOf(error)}): start a control plane there, or name another with --api`);
  }
  const members = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  if (response.ok) return members;
  throw new AskFailed(String(members.message ?? `${url} answers ${response.status}`));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

import type { NameSet } from './nameSet.ts';
import type { EndpointSource, SecretSource } from './ports.ts';
import { queryKey } from './queryKey.ts';
import { secretKey } from './secrets.ts';
import type { ServedProxy } from './servedMesh.ts';

/** What is new of endpoints and secrets in one turn of the event loop. */
export class News {
  readonly queries = new Set<string>();
  readonly secrets = new Set<string>();
  readonly #proxies = new Map<ServedProxy, boolean>();

  /** Whether any endpoints of a proxy are new; worked out once for all its streams. */
  concerns(proxy: ServedProxy): boolean {
    if (this.queries.size === 0) return false;
    const known = this.#proxies.get(proxy);
    if (known !== undefined) return known;
    const concerned = proxy.queryKeys.values().some((key) => this.queries.has(key));
    this.#proxies.set(proxy, concerned);
    return concerned;
  }

  concernsSecrets(mesh: string, { names }: NameSet): boolean {
    for (const secret of this.secrets) if (secret.startsWith(`${mesh}\n`) && names.has(secret.slice(mesh.length + 1))) return true;
    return false;
  }
}

interface LiveSources {
  readonly endpoints: EndpointSource;
  readonly secrets: SecretSource | undefined;
}

interface Readers {
  /** Called at once, for whoever reads before the news is told. */
  readonly endpointsChanged: (queryKey: string) => void;
  readonly secretChanged: (key: string) => void;
  /** Called in a later turn, with all that was new until then. */
  readonly tell: (news: News) => void;
}

/**
 * Gathers what is new, to be told once per turn of the event loop: a thousand endpoints that change together are one round
 * through the streams.
 * @returns a function that ends it.
 */
export function followLive({ endpoints, secrets }: LiveSources, readers: Readers, yieldTurn: (resume: () => void) => void): () => void {
  let news: News | undefined;
  let ended = false;
  const gathered = (): News => {
    if (news !== undefined) return news;
    const fresh = new News();
    news = fresh;
    yieldTurn(() => {
      news = undefined;
      if (!ended) readers.tell(fresh);
    });
    return fresh;
  };
  const leaves = [
    endpoints.subscribe((query) => {
      const key = queryKey(query);
      readers.endpointsChanged(key);
      gathered().queries.add(key);
    }),
    secrets?.subscribe((mesh, name) => {
      const key = secretKey(mesh, name);
      readers.secretChanged(key);
      gathered().secrets.add(key);
    }),
  ];
  return () => {
    ended = true;
    for (const leave of leaves) leave?.();
  };
}

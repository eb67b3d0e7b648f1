import type { RouteConfigIr, VirtualHostIr } from '../ir/proxy.ts';

/** A virtual host that a request went to, and the domain by which. */
export interface ChosenHost {
  readonly virtualHost: VirtualHostIr;
  readonly domain: string;
}

/** A virtual host that a request did not go to. */
export interface LosingHost {
  readonly virtualHost: VirtualHostIr;
  /** `noDomain` = the host is in none of its domains, `lessSpecific` = the chosen one's domain says more of the host. */
  readonly reason: 'noDomain' | 'lessSpecific';
  /** Its domains, one of which would have had to be the best for the host. */
  readonly wanted: readonly string[];
  /** The host as it was compared. */
  readonly found: string;
}

/** What one domain is compared by; the lowest rank that matches is chosen, and the longest text within it. */
interface Domain {
  readonly rank: 0 | 1 | 2 | 3;
  readonly text: string;
}

/** Chooses the virtual host: its whole name, else the longest ending, else the longest beginning, else `*`; without case. */
export function chooseHost(
  { virtualHosts, ignoresPortInHost = false }: RouteConfigIr,
  authority: string,
): { readonly chosen: ChosenHost | undefined; readonly others: readonly LosingHost[] } {
  const host = (ignoresPortInHost ? withoutPort(authority) : authority).toLowerCase();
  const matching = virtualHosts.flatMap((virtualHost) =>
    virtualHost.domains.filter((domain) => takes(domainOf(domain), host)).map((domain) => ({ virtualHost, domain })),
  );
  const [chosen] = matching.toSorted((a, b) => compareDomains(domainOf(a.domain), domainOf(b.domain)));
  const others = virtualHosts
    .filter((virtualHost) => virtualHost !== chosen?.virtualHost)
    .map((virtualHost): LosingHost => {
      const isMatching = matching.some((candidate) => candidate.virtualHost === virtualHost);
      return { virtualHost, reason: isMatching ? 'lessSpecific' : 'noDomain', wanted: virtualHost.domains, found: host };
    });
  return { chosen, others };
}

/** Everything after the last colon, a number or not; the colons within `[…]` are part of an address. */
function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(':');
  return colon > authority.lastIndexOf(']') ? authority.slice(0, colon) : authority;
}

function domainOf(written: string): Domain {
  const text = written.toLowerCase();
  if (text === '*') return { rank: 3, text: '' };
  if (text.startsWith('*')) return { rank: 1, text: text.slice(1) };
  return text.endsWith('*') ? { rank: 2, text: text.slice(0, -1) } : { rank: 0, text };
}

/** A wildcard stands for at least one character. */
function takes({ rank, text }: Domain, host: string): boolean {
  if (rank === 0) return host === text;
  if (rank === 3) return true;
  return host.length > text.length && (rank === 1 ? host.endsWith(text) : host.startsWith(text));
}

function compareDomains(a: Domain, b: Domain): number {
  return a.rank - b.rank || b.text.length - a.text.length;
}

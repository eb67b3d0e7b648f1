import type { GatewayRouteHostnameMatch } from '@meshwright/model';
import { SELF_REDIRECT_HOST } from '../../ir/names.ts';
import type { HeaderConditionIr, RouteIr, VirtualHostIr } from '../../ir/proxy.ts';
import type { PartCount } from '../../tooLarge.ts';
import { compareText } from '../compare.ts';

/** What a gateway route is compiled to, and the hosts it is for; undefined = all. */
export interface HostRoutes {
  readonly hostname: GatewayRouteHostnameMatch | undefined;
  readonly routes: readonly RouteIr[];
}

/** Hosts as Envoy tells them apart: without case and without port. */
interface Hosts {
  readonly kind: 'exact' | 'suffix' | 'any';
  readonly text: string;
  /** What a port in the condition comes to: the host alone chooses the virtual host. */
  readonly condition?: HeaderConditionIr;
}

const ANY: Hosts = { kind: 'any', text: '' };

/**
 * The virtual hosts of a gateway's port: one for each host name that routes ask for, and one for all others.
 * Envoy looks into the narrowest host that matches and no further, so each also has the routes of all wider ones behind its own.
 * @param entries in the order in which they are tried
 * @param parts where they are counted, each host before it is made
 * @throws TooLarge
 */
export function gatewayHosts(entries: readonly HostRoutes[], parts: PartCount): readonly VirtualHostIr[] {
  const placed = entries.map(({ hostname, routes }) => ({ hosts: hostsOf(hostname), routes }));
  const distinct = new Map(placed.map(({ hosts }) => [domainOf(hosts), hosts]));
  distinct.set(domainOf(ANY), ANY);
  return [...distinct].sort(compareDomains).map(([domain, own]) => {
    const wider = placed.filter(({ hosts }) => takes(hosts, own)).sort((a, b) => compareWidth(a.hosts, b.hosts));
    parts.add(wider.reduce((sum, entry) => sum + entry.routes.length, 1));
    const routes = wider.flatMap((entry) => entry.routes.map((route) => withCondition(route, entry.hosts.condition)));
    // The first route that asks for the host is whose mistake a wrong one is.
    const source = placed.find(({ hosts }) => hosts.kind !== 'any' && domainOf(hosts) === domain)?.routes[0]?.source;
    return { name: hostName(domain, distinct), domains: [domain], ...(source && { source }), routes };
  });
}

function hostsOf(hostname: GatewayRouteHostnameMatch | undefined): Hosts {
  if (hostname?.exact !== undefined) return withoutPort('exact', hostname.exact);
  return hostname?.suffix === undefined ? ANY : withoutPort('suffix', hostname.suffix);
}

/** `host:port`: the host is compared without its port, the rest is a condition on the whole. */
function withoutPort(kind: 'exact' | 'suffix', written: string): Hosts {
  const text = written.toLowerCase();
  const host = text.replace(/:\d+$/, '');
  if (host === text || host === '') return { kind, text };
  const condition = { name: ':authority', kind: kind === 'exact' ? ('exactAnyCase' as const) : ('suffixAnyCase' as const), value: text };
  return { kind, text: host, condition };
}

function withCondition(route: RouteIr, condition: HeaderConditionIr | undefined): RouteIr {
  return condition === undefined ? route : { ...route, headers: [...(route.headers ?? []), condition] };
}

function domainOf({ kind, text }: Hosts): string {
  return kind === 'exact' ? text : `*${text}`;
}

/** Whether routes for these hosts take all that a virtual host takes. */
function takes(hosts: Hosts, virtualHost: Hosts): boolean {
  if (hosts.kind === 'any') return true;
  if (hosts.kind === 'exact') return virtualHost.kind === 'exact' && virtualHost.text === hosts.text;
  // As in Envoy, a suffix is not a host by itself.
  const isLonger = virtualHost.kind === 'suffix' || virtualHost.text.length > hosts.text.length;
  return virtualHost.kind !== 'any' && isLonger && virtualHost.text.endsWith(hosts.text);
}

/** The narrowest first: a host, longer endings, shorter ones, all; a port is narrower still. */
function compareWidth(a: Hosts, b: Hosts): number {
  const rank = { exact: 0, suffix: 1, any: 2 };
  const portless = (hosts: Hosts): number => Number(hosts.condition === undefined);
  return rank[a.kind] - rank[b.kind] || b.text.length - a.text.length || portless(a) - portless(b);
}

/** The one for all others last, as App Mesh had it. */
function compareDomains([a]: readonly [string, Hosts], [b]: readonly [string, Hosts]): number {
  return Number(a === '*') - Number(b === '*') || compareText(a, b);
}

/** The domain itself; who is called as the one for all others is yields the name. */
function hostName(domain: string, all: ReadonlyMap<string, Hosts>): string {
  if (domain === domainOf(ANY)) return SELF_REDIRECT_HOST;
  if (domain !== SELF_REDIRECT_HOST) return domain;
  let free = domain;
  for (let number = 2; free === domain || all.has(free); number++) free = `${domain}_${number}`;
  return free;
}

import { type Ref, resourcePath } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';
import { ALLOW_ALL_HOST } from '../ir/names.ts';
import type { RouteIr, VirtualHostIr } from '../ir/proxy.ts';
import { compareText } from './compare.ts';
import type { ResolvedService } from './services.ts';

/** A virtual service on one port. */
export interface ServiceRoutes {
  readonly service: Pick<ResolvedService, 'ref' | 'createdAt'>;
  readonly routes: readonly RouteIr[];
}

/**
 * Virtual hosts of one egress port, in the order of the services' names, the catch-all last if there is one.
 * Names and domains are unique in a route configuration, or Envoy refuses all of it: what was there first keeps them.
 */
export function resolveVirtualHosts(
  port: number,
  services: readonly ServiceRoutes[],
  last: VirtualHostIr | undefined,
  report: Report,
): readonly VirtualHostIr[] {
  const claims: Claims = { names: new Set(), domains: new Map() };
  const catchAll = last === undefined ? [] : [last];
  for (const { name, domains } of catchAll) {
    claims.names.add(name);
    for (const domain of domains) claims.domains.set(domain, 'whatever no other virtual service takes');
  }
  const hosts = [...services]
    .sort((a, b) => a.service.createdAt - b.service.createdAt || compareText(a.service.ref.name, b.service.ref.name))
    .map(({ service, routes }) => ({ order: service.ref.name, host: claimHost(service.ref, routes, port, claims, report) }))
    .filter(({ host }) => host.domains.length > 0)
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ host }) => host);
  return [...hosts, ...catchAll];
}

interface Claims {
  readonly names: Set<string>;
  /** Domain in lower case → who has it, as people are told. */
  readonly domains: Map<string, string>;
}

function claimHost(ref: Ref, routes: readonly RouteIr[], port: number, claims: Claims, report: Report): VirtualHostIr {
  const { name } = ref;
  const domains = [name, `${name}:${port}`].filter((domain) => {
    // Envoy compares hosts without case, so it takes two that differ in nothing else for the same.
    const holder = claims.domains.get(domain.toLowerCase());
    if (holder === undefined) claims.domains.set(domain.toLowerCase(), `virtual service "${name}"`);
    else reportDomain(ref, domain, holder, report);
    return holder === undefined;
  });
  const source = { resource: resourcePath(ref), pointer: '' };
  return { name: claimName(ref, claims.names, report), domains, service: name, source, routes };
}

function claimName(ref: Ref, names: Set<string>, report: Report): string {
  const { name } = ref;
  let free = name;
  for (let number = 2; names.has(free); number++) free = `${name}_${number}`;
  names.add(free);
  if (free !== name) reportName(ref, free, report);
  return free;
}

/** Lets everything unknown through. */
export function allowAllHost(cluster: string, port: number): VirtualHostIr {
  const routes: RouteIr[] = [{ match: { kind: 'http', match: { prefix: '/' } }, action: { kind: 'cluster', target: { cluster, port } } }];
  return { name: ALLOW_ALL_HOST, domains: ['*'], routes };
}

function reportDomain(ref: Ref, domain: string, holder: string, report: Report): void {
  report({
    code: 'domain-taken',
    severity: 'error',
    ref,
    pointer: '',
    message: `Requests to host "${domain}" go to ${holder}, which had it first; hosts are compared without case.`,
    fix: 'give the virtual service another name',
  });
}

function reportName(ref: Ref, name: string, report: Report): void {
  report({
    code: 'compiled-name-taken',
    severity: 'warning',
    ref,
    pointer: '',
    message: `The name of its virtual host in Envoy was taken, it is "${name}" in statistics and logs; traffic is not affected.`,
    fix: 'give the virtual service another name',
  });
}

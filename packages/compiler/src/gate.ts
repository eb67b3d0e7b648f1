import type { Described } from '@meshwright/envoy-api';
import { violations } from '@meshwright/envoy-api/rules';
import type { ChainIr, ListenerIr, NamedIr, ProxyIr, RouteConfigIr } from './ir/proxy.ts';
import { targetsOf } from './resolve/traffic.ts';

/** A proxy's configuration that must not be published; the message says what is wrong with it. */
class Refused extends Error {
  override readonly name = 'Refused';
}

/** Most problems that are told of one proxy; the first ones tell where to look. */
const MAX_TOLD = 3;

/**
 * Looks at what a proxy would get before it is encoded: all that it names is there, and nothing is there twice. Envoy would take
 * a part of it and refuse the rest.
 * @throws Refused
 */
export function checkReferences({ listeners, routeConfigs, clusters }: ProxyIr): void {
  const chains = listeners.flatMap(chainsOf);
  const actions = [
    ...chains.flatMap((chain) => (chain.kind === 'tcp' ? [chain.action] : [])),
    ...routeConfigs.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ routes }) => routes.map(({ action }) => action))),
  ];
  const passthroughs = listeners.flatMap((listener) =>
    listener.kind === 'egress' ? [listener.awsCluster, ...(listener.allowAllCluster === undefined ? [] : [listener.allowAllCluster])] : [],
  );
  const named = [...actions.flatMap((action) => targetsOf(action).map(({ cluster }) => cluster)), ...passthroughs];
  refuse([
    ...missing('cluster', named, clusters),
    ...missing(
      'route configuration',
      chains.flatMap((chain) => (chain.kind === 'http' ? [chain.routeConfig] : [])),
      routeConfigs,
    ),
    ...[listeners, routeConfigs, clusters].flatMap((resources) => repeated(namesOf(resources))),
    ...listeners.flatMap(chainProblems),
    ...routeConfigs.flatMap(hostProblems),
  ]);
}

function chainsOf(listener: ListenerIr): readonly ChainIr[] {
  return 'chains' in listener ? listener.chains : [listener.chain];
}

/** Chains are told apart by their port alone. */
function chainProblems(listener: ListenerIr): readonly string[] {
  const ports = chainsOf(listener).map(({ port }) => `filter chain of port ${port} in ${listener.name}`);
  return [...repeated(ports), ...(listener.kind === 'ingress' && ports.length === 0 ? [`${listener.name} has no filter chain`] : [])];
}

/** Envoy compares domains without case, through all hosts of a route configuration. */
function hostProblems({ name, virtualHosts }: RouteConfigIr): readonly string[] {
  const domains = virtualHosts.flatMap((host) => host.domains.map((domain) => `domain ${domain.toLowerCase()} in ${name}`));
  return [...repeated(namesOf(virtualHosts)), ...repeated(domains)];
}

function namesOf(all: readonly { readonly name: string }[]): readonly string[] {
  return all.map(({ name }) => name);
}

/**
 * Looks at a resource by the rules that Envoy's own definitions carry: it would refuse a whole response for one of them.
 * @throws Refused
 */
export function checkRules({ schema, init }: Described): void {
  refuse(violations(schema, init).map(({ path, rule }) => `${path} ${rule}`));
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > MAX_TOLD ? [`${problems.length - MAX_TOLD} more`] : [];
  throw new Refused([...problems.slice(0, MAX_TOLD), ...more].join('; '));
}

function missing(what: string, named: readonly string[], present: readonly NamedIr[]): readonly string[] {
  const names = new Set(namesOf(present));
  return [...new Set(named)].filter((name) => !names.has(name)).map((name) => `there is no ${what} ${name}`);
}

function repeated(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const isRepeated = seen.has(name);
    seen.add(name);
    return isRepeated ? [`${name} is there twice`] : [];
  });
}

/** The resources of one proxy as JSON with Envoy's field names. */
export interface ProxyResources {
  readonly clusters: readonly unknown[];
  readonly listeners: readonly unknown[];
  readonly routes: readonly unknown[];
}

/** What one proxy's resources refer to and lack, have twice, or have without use; empty when all is well. */
export function referenceProblems({ clusters, listeners, routes }: ProxyResources): readonly string[] {
  const clusterNames = namesOf(clusters);
  const routeNames = namesOf(routes);
  const wantedClusters = [...valuesAt([listeners, routes], 'cluster'), ...weightedClusters([...listeners, ...routes])];
  const wantedRoutes = valuesAt(listeners, 'route_config_name');
  return [
    ...missing('cluster', wantedClusters, clusterNames),
    ...missing('route configuration', wantedRoutes, routeNames),
    ...missing('user of cluster', clusterNames, wantedClusters),
    ...missing('user of route configuration', routeNames, wantedRoutes),
    ...[clusterNames, namesOf(listeners), routeNames].flatMap(repeated),
    ...routes.flatMap(hostProblems),
    ...weightProblems([...listeners, ...routes]),
    ...listeners.flatMap(chainProblems),
  ];
}

function hostProblems(route: unknown): readonly string[] {
  const hosts = children(route, 'virtual_hosts');
  const domains = hosts.flatMap((host) => children(host, 'domains')).map((domain) => String(domain).toLowerCase());
  return [...repeated(namesOf(hosts)), ...repeated(domains)];
}

function chainProblems(listener: unknown): readonly string[] {
  const matches = children(listener, 'filter_chains').map((chain) => JSON.stringify(member(chain, 'filter_chain_match')));
  return [...repeated(matches), ...(matches.length === 0 ? ['a listener has no filter chain'] : [])];
}

function missing(what: string, wanted: readonly string[], present: readonly string[]): readonly string[] {
  return wanted.filter((name) => !present.includes(name)).map((name) => `there is no ${what} ${name}`);
}

function repeated(names: readonly string[]): readonly string[] {
  return names.filter((name, position) => names.indexOf(name) !== position).map((name) => `${name} is there twice`);
}

function namesOf(resources: readonly unknown[]): readonly string[] {
  return resources.map((resource) => String(member(resource, 'name')));
}

function weightedClusters(routes: readonly unknown[]): readonly string[] {
  return splits(routes).flatMap(namesOf);
}

function weightProblems(routes: readonly unknown[]): readonly string[] {
  const allZero = splits(routes).filter((clusters) => clusters.every((cluster) => member(cluster, 'weight') === 0));
  return allZero.map((clusters) => `every weight is 0 among ${namesOf(clusters).join(', ')}`);
}

function splits(routes: readonly unknown[]): readonly (readonly unknown[])[] {
  return objectsIn(routes)
    .map((object) => children(member(object, 'weighted_clusters'), 'clusters'))
    .filter((clusters) => clusters.length > 0);
}

/** Every text anywhere inside that stands under this key. */
function valuesAt(value: unknown, key: string): readonly string[] {
  return objectsIn(value).flatMap((object) => {
    const found = member(object, key);
    return typeof found === 'string' ? [found] : [];
  });
}

function objectsIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}

function children(value: unknown, key: string): readonly unknown[] {
  const found = member(value, key);
  return Array.isArray(found) ? found : [];
}

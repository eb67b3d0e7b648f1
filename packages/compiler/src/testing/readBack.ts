import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { toFieldNames } from '@meshwright/envoy-api/json';
import type { MeshSnapshot } from '@meshwright/snapshot';
import type { ProxyResources } from './references.ts';

/** Reads the resources of one proxy back from a snapshot, each type in the order of names. */
export function readBack(snapshot: MeshSnapshot, proxy: string): ProxyResources {
  const resources = (typeUrl: string): readonly unknown[] => {
    const references = snapshot.proxies.get(proxy)?.types.get(typeUrl)?.references ?? new Map<string, string>();
    return [...references.values()].map((hash) => toFieldNames(snapshot.resources.get(hash) ?? new Uint8Array()));
  };
  return { listeners: resources(LISTENER_TYPE), routes: resources(ROUTE_TYPE), clusters: resources(CLUSTER_TYPE) };
}

import type { Resource } from '@meshwright/model';
import type { Reader } from '../incremental/unit.ts';
import type { ProxyIr } from '../ir/proxy.ts';
import { resolveEgress } from './egress.ts';
import { resolveIngress } from './ingress.ts';

/** What the proxy of a virtual node has to do. */
export function resolveNodeProxy(reader: Reader, node: Resource<'virtualNode'>): ProxyIr {
  const ingress = resolveIngress(reader, node);
  const egress = resolveEgress(reader, node);
  return {
    listeners: [...ingress.listeners, egress.listener],
    routeConfigs: [...ingress.routeConfigs, ...egress.routeConfigs],
    clusters: [...ingress.clusters, ...egress.clusters],
  };
}

import { proxyName, type Resource } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';
import type { ProxyIr } from '../ir/proxy.ts';
import { resolveBackends } from './backends.ts';
import { resolveEgress } from './egress.ts';
import { resolveIngress } from './ingress.ts';
import type { ResourcesByKind } from './resourcesByKind.ts';
import { resolveRouters } from './routers.ts';

/** Prepares a mesh, and resolves what the proxy of one of its virtual nodes has to do when it is asked for. */
export function proxyResolver(index: ResourcesByKind, report: Report): (node: Resource<'virtualNode'>) => ProxyIr {
  const routers = resolveRouters(index, report);
  return (node) => {
    const ingress = resolveIngress(node);
    const egress = resolveEgress(index, node, resolveBackends(index, routers, node, report), report);
    return {
      proxy: proxyName(node.ref),
      listeners: [...ingress.listeners, egress.listener],
      routeConfigs: [...ingress.routeConfigs, ...egress.routeConfigs],
      clusters: [...ingress.clusters, ...egress.clusters],
    };
  };
}

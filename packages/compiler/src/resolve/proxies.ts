import { proxyName } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';
import type { ProxyIr } from '../ir/proxy.ts';
import { resolveBackends } from './backends.ts';
import { resolveEgress } from './egress.ts';
import { resolveIngress } from './ingress.ts';
import type { MeshIndex } from './meshIndex.ts';
import { resolveRouters } from './routers.ts';

/** Resolves what each proxy of a mesh has to do: one proxy per virtual node, in the order of their names. */
export function resolveProxies(index: MeshIndex, report: Report): readonly ProxyIr[] {
  const routers = resolveRouters(index, report);
  return [...index.nodes.values()].map((node) => {
    const ingress = resolveIngress(node);
    const egress = resolveEgress(index, node, resolveBackends(index, routers, node, report), report);
    return {
      proxy: proxyName(node.ref),
      listeners: [...ingress.listeners, egress.listener],
      routeConfigs: [...ingress.routeConfigs, ...egress.routeConfigs],
      clusters: [...ingress.clusters, ...egress.clusters],
    };
  });
}

import type { Kind, MeshState, Ref } from '@meshwright/model';
import { proxyName } from '@meshwright/model';
import { Memo, root } from '../incremental/memo.ts';
import type { Reader, Unit } from '../incremental/unit.ts';
import type { ProxyIr, RouteConfigIr } from '../ir/proxy.ts';
import { type MeshAt, meshAt } from '../meshAt.ts';
import { resolveGatewayProxy } from '../resolve/gateway/gateway.ts';
import { resolveNodeProxy } from '../resolve/nodeProxy.ts';

type ProxyRef = Ref<Extract<Kind, 'virtualNode' | 'virtualGateway'>>;

const proxyIr: Unit<ProxyRef, ProxyIr | undefined> = {
  name: 'proxyIr',
  keyOf: proxyName,
  work: (ref, reader) => resolve(ref, reader),
};

function resolve({ kind, ...ref }: ProxyRef, reader: Reader): ProxyIr | undefined {
  if (kind === 'virtualNode') {
    const node = reader.get({ kind, ...ref });
    return node && resolveNodeProxy(reader, node);
  }
  const gateway = reader.get({ kind, ...ref });
  return gateway && resolveGatewayProxy(reader, gateway);
}

/**
 * The route configurations of one proxy, for `explain`: those of its listeners' chains, by name. None when there is no such
 * virtual node or virtual gateway. Costs what the proxy needs, not the mesh.
 * @throws Error when the compiler fails on the proxy.
 */
export function compiledRoutes(mesh: MeshState | MeshAt, proxy: ProxyRef): ReadonlyMap<string, RouteConfigIr> {
  const at = 'contents' in mesh ? mesh : meshAt(mesh);
  const memo = new Memo(at.mesh);
  const wanted = root(proxyIr, proxy);
  memo.update(at.contents, [], { add: [wanted], remove: [] });
  const outcome = memo.outcome(`${proxyIr.name} ${proxyIr.keyOf(proxy)}`) ?? { value: undefined };
  if ('cause' in outcome) throw outcome.cause;
  const ir = outcome.value as ProxyIr | undefined;
  return new Map((ir?.routeConfigs ?? []).map((config) => [config.name, config]));
}

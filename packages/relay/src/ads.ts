import type { RelayCore } from './core.ts';
import type { Method } from './method.ts';

const SERVICE = 'envoy.service.discovery.v3.AggregatedDiscoveryService';

/** The aggregated discovery service: state of the world and delta. */
export function adsMethods(core: RelayCore): readonly Method[] {
  const method = (name: string, protocol: 'sotw' | 'delta'): Method => ({
    path: `/${SERVICE}/${name}`,
    requests: 'many',
    open: (outlet) => core.open(protocol, outlet),
  });
  return [method('StreamAggregatedResources', 'sotw'), method('DeltaAggregatedResources', 'delta')];
}

import type { Init } from '@meshwright/envoy-api';
import type { MetadataSchema } from '@meshwright/envoy-api/gen/envoy/config/core/v3/base_pb.js';

/** What App Mesh's metrics extension adds to the statistics of what is so marked. */
type StatsTag = 'TargetVirtualNode' | 'TargetVirtualService';

/**
 * Metadata that App Mesh's image reads where its metrics extension is on, and that every other Envoy ignores; so all get it.
 * The extension takes its configuration as a JSON text.
 * @param tags none for a listener, which is only to be counted
 */
export function aggregateStats(tags: Readonly<Partial<Record<StatsTag, string>>> = {}): Init<typeof MetadataSchema> {
  const config = JSON.stringify({ tags: Object.entries(tags).map(([key, value]) => ({ key, value })) });
  return { filterMetadata: { 'aws.appmesh.aggregate_stats': { config } } };
}

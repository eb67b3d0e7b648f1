import type { GatewayRouteSpec } from './gatewayRoute/gatewayRoute.ts';
import type { MeshSpec } from './mesh.ts';
import type { Kind, Ref } from './ref.ts';
import type { RouteSpec } from './route/route.ts';
import type { Tag } from './tag.ts';
import type { VirtualGatewaySpec } from './virtualGateway.ts';
import type { VirtualNodeSpec } from './virtualNode.ts';
import type { VirtualRouterSpec } from './virtualRouter.ts';
import type { VirtualServiceSpec } from './virtualService.ts';

export type { Kind, Ref } from './ref.ts';

/** The spec type of each resource kind; a new kind begins with its name in `Kind`, and a row here. */
export interface Specs extends Record<Kind, object> {
  readonly mesh: MeshSpec;
  readonly virtualNode: VirtualNodeSpec;
  readonly virtualRouter: VirtualRouterSpec;
  readonly route: RouteSpec;
  readonly virtualService: VirtualServiceSpec;
  readonly virtualGateway: VirtualGatewaySpec;
  readonly gatewayRoute: GatewayRouteSpec;
}

/** The mesh a commit, a log row or a snapshot belongs to: the unit of consistency. */
export interface MeshKey {
  /** Account that owns the mesh, 12 digits. */
  readonly owner: string;
  readonly mesh: string;
}

/** What the API answers beside the spec. Times are epoch milliseconds. */
export interface Metadata {
  readonly arn: string;
  /** Stable across updates, new after re-creation (Terraform keeps it as the id). */
  readonly uid: string;
  /** Starts at 1, rises by one with each update. */
  readonly version: number;
  readonly createdAt: number;
  readonly lastUpdatedAt: number;
  readonly meshOwner: string;
  readonly resourceOwner: string;
}

/** One stored resource: its name, its spec as it was sent, its metadata and its tags in the order they were given. */
export interface Resource<K extends Kind = Kind> {
  readonly ref: Ref<K>;
  readonly spec: Specs[K];
  readonly metadata: Metadata;
  readonly tags: readonly Tag[];
}

/** One mesh at one generation: the compiler's whole input. No resource of kind `mesh` inside means that the mesh was deleted. */
export interface MeshState {
  readonly mesh: MeshKey;
  /** Rises by one with every accepted commit anywhere in the mesh; goes on counting when the mesh is created again. */
  readonly generation: bigint;
  readonly resources: readonly Resource[];
}

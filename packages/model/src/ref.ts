/** A kind of mesh resource, spelled as in ARNs. */
export type Kind = 'mesh' | 'virtualNode' | 'virtualRouter' | 'route' | 'virtualService' | 'virtualGateway' | 'gatewayRoute';

/** Names one resource inside the meshes of one account. */
export interface Ref<K extends Kind = Kind> {
  readonly kind: K;
  readonly mesh: string;
  readonly name: string;
  /** Virtual router of a route, virtual gateway of a gateway route; absent for the rest. */
  readonly parent?: string;
}

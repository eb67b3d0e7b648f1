/** A kind of mesh resource, spelled as in ARNs. */
export type Kind = 'mesh' | 'virtualNode' | 'virtualRouter' | 'route' | 'virtualService' | 'virtualGateway' | 'gatewayRoute';

/** Kinds below a mesh, as path segments of ARNs and node ids. */
const kindsInMesh: Readonly<Record<Exclude<Kind, 'mesh'>, true>> = {
  virtualNode: true,
  virtualRouter: true,
  route: true,
  virtualService: true,
  virtualGateway: true,
  gatewayRoute: true,
};

/** Every kind but the mesh. */
export const KINDS_IN_MESH = Object.keys(kindsInMesh) as readonly Exclude<Kind, 'mesh'>[];

/** Names one resource inside the meshes of one account. */
export interface Ref<K extends Kind = Kind> {
  readonly kind: K;
  readonly mesh: string;
  readonly name: string;
  /** Virtual router of a route, virtual gateway of a gateway route; absent for the rest. */
  readonly parent?: string;
}

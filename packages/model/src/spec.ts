import * as v from 'valibot';
import { gatewayRouteSpec } from './gatewayRoute/gatewayRoute.ts';
import { meshSpec } from './mesh.ts';
import type { Kind, Specs } from './resource.ts';
import { routeSpec } from './route/route.ts';
import type { Schema } from './schema/scalars.ts';
import { refusal } from './schema/violation.ts';
import { virtualGatewaySpec } from './virtualGateway.ts';
import { virtualNodeSpec } from './virtualNode.ts';
import { virtualRouterSpec } from './virtualRouter.ts';
import { virtualServiceSpec } from './virtualService.ts';

/** What the spec of each kind is read by. */
export const specSchemas: { readonly [K in Kind]: Schema<Specs[K]> } = {
  mesh: meshSpec,
  virtualNode: virtualNodeSpec,
  virtualRouter: virtualRouterSpec,
  route: routeSpec,
  virtualService: virtualServiceSpec,
  virtualGateway: virtualGatewaySpec,
  gatewayRoute: gatewayRouteSpec,
};

/**
 * A spec as it was sent: unknown members are dropped, `null` means absent, nothing is filled in but the port of a
 * health check. The spec of a mesh may be absent itself and is empty then.
 * @throws MeshError `BadRequest`, telling field, value, rule and fix.
 */
export function parseSpec<K extends Kind>(kind: K, input: unknown): Specs[K] {
  const sent = kind === 'mesh' ? (input ?? {}) : (input ?? undefined);
  const schema: Schema<Specs[K]> = specSchemas[kind];
  const result = v.safeParse(schema, sent, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal('spec', result.issues);
}

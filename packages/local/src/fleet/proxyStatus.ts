import type { ProxyDetails, ProxyEvent, ProxyState, ProxyStatus, RefusalCause, UnknownNode, XdsType, XdsTypeStatus } from '@meshwright/api';
import type { RefusedSource, SessionEvent, SessionStatus, SessionSummary, TypeStatus } from '@meshwright/snapshot';
import { missingNode } from '../missingNode.ts';

/** Last part of a type URL → the discovery service that everybody calls it by; in the order they are sent. */
const SERVICES: ReadonlyMap<string, XdsType> = new Map([
  ['Cluster', 'CDS'],
  ['ClusterLoadAssignment', 'EDS'],
  ['Listener', 'LDS'],
  ['RouteConfiguration', 'RDS'],
  ['Secret', 'SDS'],
]);
/** Told of also before a proxy has asked: every Envoy does. */
const ALWAYS: readonly XdsType[] = ['CDS', 'EDS', 'LDS', 'RDS'];

/** A session as `/v1` answers it, with what happened to it; undefined for a node that is not known. */
export function proxyDetails(session: SessionStatus): ProxyDetails | undefined {
  const status = proxyStatus(session);
  return status && { ...status, events: session.events.map(eventAnswer) };
}

/** A session as `/v1` lists it; undefined for a node that is not known. */
export function proxyStatus(session: SessionSummary): ProxyStatus | undefined {
  const { mesh, proxy, ended, silence } = session;
  if (mesh === undefined || proxy === undefined) return undefined;
  const [meshOwner, meshName] = halves(mesh);
  const [kind, name] = halves(proxy);
  const reason = ended?.reason ?? (silence && missingNode(silence.reason));
  const types = typesOf(session, meshName);
  return {
    ...common(session),
    meshName,
    meshOwner,
    kind: kind === 'virtualGateway' ? kind : 'virtualNode',
    name,
    state: stateOf(session, types),
    ...(reason !== undefined && { reason }),
    types,
  };
}

/** A session that is sent nothing as `/v1` answers it; undefined for one that is served. */
export function unknownNode(session: SessionSummary): UnknownNode | undefined {
  const { silence } = session;
  return silence && { ...common(session), ...silence, reason: missingNode(silence.reason) };
}

/** The discovery service of a type; undefined for one that is not served. */
export function serviceOf(typeUrl: string): XdsType | undefined {
  return SERVICES.get(typeUrl.slice(typeUrl.lastIndexOf('.') + 1));
}

/** As an ARN ends: `mesh/apps/virtualNode/a`. */
function resourceName(meshName: string, resource: string): string {
  return `mesh/${meshName}${resource === '' ? '' : `/${resource}`}`;
}

function common({ id, nodeId, instance, relay, address, envoyVersion, protocol, connectedAt, ended }: SessionSummary) {
  return {
    id,
    nodeId,
    ...(instance !== undefined && { instance }),
    relay,
    address,
    ...(envoyVersion !== undefined && { envoyVersion }),
    protocol,
    connectedAt,
    ...(ended && { disconnectedAt: ended.at }),
  };
}

function typesOf({ types }: SessionSummary, meshName: string): readonly XdsTypeStatus[] {
  const told = new Map(types.map((type) => [serviceOf(type.typeUrl), type]));
  return [...SERVICES.values()].flatMap((service): readonly XdsTypeStatus[] => {
    const type = told.get(service);
    if (type !== undefined) return [typeAnswer(service, type, meshName)];
    return ALWAYS.includes(service) ? [{ type: service, state: 'NOT_SENT' }] : [];
  });
}

function typeAnswer(service: XdsType, { state, sent, acked, rejected }: TypeStatus, meshName: string): XdsTypeStatus {
  const cause = ({ resource, pointer, envoyName }: RefusedSource): RefusalCause => {
    return { resource: resourceName(meshName, resource), pointer, envoyName };
  };
  return {
    type: service,
    state,
    ...(sent && { sent }),
    ...(acked && { acked }),
    ...(rejected && { rejected: { ...rejected, causes: rejected.causes.map(cause) } }),
  };
}

function stateOf({ ended, silence }: SessionSummary, types: readonly XdsTypeStatus[]): ProxyState {
  if (ended !== undefined) return 'OFFLINE';
  if (silence !== undefined) return 'ORPHANED';
  return (['REJECTED', 'STALE', 'SYNCED'] as const).find((state) => types.some((type) => type.state === state)) ?? 'NOT_SENT';
}

function eventAnswer({ at, kind, typeUrl, snapshotVersion, detail }: SessionEvent): ProxyEvent {
  const type = typeUrl === undefined ? undefined : serviceOf(typeUrl);
  return {
    at,
    kind,
    ...(type !== undefined && { type }),
    ...(snapshotVersion !== undefined && { snapshotVersion }),
    ...(detail !== undefined && { detail }),
  };
}

/** What stands before the first slash and what stands after it: an owner and a kind have none, a name may. */
function halves(text: string): readonly [string, string] {
  const slash = text.indexOf('/');
  return [text.slice(0, slash), text.slice(slash + 1)];
}

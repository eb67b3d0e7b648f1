export { type Api, type ApiParts, type ApiRequestEvent, createApi, type ServerRefusal } from './app.ts';
export type { DiagnosticsView, MeshDiagnostics } from './v1/diagnostics.ts';
export type { FleetView, ProxyState, ProxyStatus, SyncState, UnknownNode, XdsType, XdsTypeStatus } from './v1/fleet.ts';

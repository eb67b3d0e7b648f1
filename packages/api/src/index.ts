export { type Api, type ApiParts, type ApiRequestEvent, createApi, type ServerRefusal } from './app.ts';
export type { Delivery, Laggard } from './v1/delivery.ts';
export type { DiagnosticsView, MeshDiagnostics } from './v1/diagnostics.ts';
export type {
  FleetView,
  FleetWatch,
  ProxyDetails,
  ProxyEvent,
  ProxyState,
  ProxyStatus,
  RefusalCause,
  ServedContent,
  SyncState,
  UnknownNode,
  XdsType,
  XdsTypeStatus,
} from './v1/fleet.ts';

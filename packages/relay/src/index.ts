export type { Admission, Authenticate, EndpointSource, NodeInfo, PeerInfo, ProxyStatusEvent } from './ports.ts';
export { createRelay, type Relay, type RelayParts } from './relay.ts';
export type { RelaySettings } from './settings.ts';

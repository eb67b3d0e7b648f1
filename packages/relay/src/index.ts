export type { Admission, Authenticate, EndpointSource, NodeInfo, PeerInfo, ProxyStatusEvent, SecretSource } from './ports.ts';
export { createRelay, type Relay } from './relay.ts';
export type { RelayParts } from './relayParts.ts';
export type { RelaySettings } from './settings.ts';

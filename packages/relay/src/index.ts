export type { Admission, Authenticate, EndpointSource, NodeInfo, PeerInfo, ProxyStatusEvent, SecretSource } from './ports.ts';
export { createRelay, type Relay, type Serving, type TransportName } from './relay.ts';
export type { RelayParts } from './relayParts.ts';
export type { RelaySettings } from './settings.ts';
export { readTlsFiles, type TlsFiles, type TlsMaterial, type TlsSource } from './transport/tls.ts';

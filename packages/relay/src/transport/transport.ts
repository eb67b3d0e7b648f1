import type { Socket } from 'node:net';
import type { Method } from '../method.ts';
import type { Timing } from './deadlines.ts';
import type { TransportSettings } from './settings.ts';

/** What a transport is made of. */
export interface TransportParts extends Timing {
  readonly methods: readonly Method[];
  readonly settings: TransportSettings;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** A connection that was accepted, before anything of HTTP/2 was read. */
export interface Connection {
  /** Plain, or with its TLS handshake done. */
  readonly socket: Socket;
  /** `host:port`, or `unix:`. */
  readonly address: string;
  /** The URI in the client's certificate; undefined without one. */
  readonly certificateUri: string | undefined;
}

/** gRPC over HTTP/2 on connections that others accept; it knows nothing of xDS. */
export interface Transport {
  /** Serves a connection until it ends. */
  serve(connection: Connection): void;
  /** Ends the calls of each connection with OK and asks its client to come again on another (GOAWAY), at random within `spreadMillis`. */
  drain(spreadMillis: number): void;
  /** Cuts what is left. */
  stop(): void;
}

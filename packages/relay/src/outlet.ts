import type { PeerInfo } from './ports.ts';

/** How a stream ends; a transport has its own numbers for them. */
export type EndStatus =
  | 'ok'
  | 'invalidArgument'
  | 'notFound'
  | 'permissionDenied'
  | 'resourceExhausted'
  | 'unimplemented'
  | 'internal'
  | 'unavailable';

/** The sending side of one call, as the core sees it. A transport implements it and calls `receive`, `drained` and `closed` of the call. */
export interface Outlet {
  readonly peer: PeerInfo;
  /** Sends one response; false when nothing more should be sent before `drained` is called. */
  send(body: Buffer): boolean;
  /** Ends the call towards the client, behind what was sent; `closed` follows. */
  end(status: EndStatus, detail: string): void;
  /** While paused, takes no more requests from the client, which is told to wait; one that is here already may still come. */
  pauseRequests(paused: boolean): void;
}

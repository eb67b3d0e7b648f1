import type { Outlet } from './outlet.ts';

/** One gRPC method of the relay; every transport registers all of them and answers any other path with UNIMPLEMENTED. */
export interface Method {
  /** `/package.Service/Method`, matched byte for byte. */
  readonly path: string;
  /** How many requests a call takes; either way it answers through the outlet, as often as it likes, until it ends it. */
  readonly requests: 'one' | 'many';
  /** Takes a call; the transport tells what it gets what becomes of it. */
  open(outlet: Outlet): Call;
}

/** One call of a method, as the transport sees it. */
export interface Call {
  /** Takes one encoded request. */
  receive(request: Uint8Array): void;
  /** The client has sent all it will; it still reads. Calls that take one request need not care. */
  requestsEnded(): void;
  /** The transport can take more after `send` was answered with false. */
  drained(): void;
  /** The call is over, whoever ended it; nothing can be sent any more. Told at least once. */
  closed(reason: string): void;
}

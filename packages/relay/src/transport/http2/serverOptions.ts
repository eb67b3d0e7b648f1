import type { ServerOptions } from 'node:http2';
import { HEADER_LIST_BYTES } from '../limits.ts';
import type { TransportSettings } from '../settings.ts';

/** A request has a dozen headers. */
const HEADER_PAIRS = 64;
/** Envoy resets a stream when it reconnects; a client that resets hundreds at once makes the relay work for nothing. */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 20;
/** Unread by the client, beside the responses themselves. */
const MOST_PINGS = 10;
const MOST_SETTINGS = 32;
const MOST_INVALID_FRAMES = 100;
/** Megabytes of one connection's frames; Node refuses streams beyond it, so it holds a request of each stream. */
const SESSION_MEGABYTES = 64;

/** Bounds of one client's connection, as Node's HTTP/2 holds them. */
export function serverOptions(settings: TransportSettings): ServerOptions {
  return {
    settings: { maxConcurrentStreams: settings.streamsPerConnection, maxHeaderListSize: HEADER_LIST_BYTES, enablePush: false },
    maxHeaderListPairs: HEADER_PAIRS,
    maxOutstandingPings: MOST_PINGS,
    maxSettings: MOST_SETTINGS,
    maxSessionInvalidFrames: MOST_INVALID_FRAMES,
    maxSessionMemory: SESSION_MEGABYTES,
    streamResetBurst: RESET_BURST,
    streamResetRate: RESETS_PER_SECOND,
  };
}

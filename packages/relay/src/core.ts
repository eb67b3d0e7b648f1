import { delta } from './delta.ts';
import { EndpointSets } from './endpoints.ts';
import { Meshes } from './meshes.ts';
import { NameSets } from './nameSet.ts';
import type { Outlet } from './outlet.ts';
import { PushQueue } from './pushQueue.ts';
import type { RelayParts } from './relayParts.ts';
import { DEFAULT_SETTINGS, type RelaySettings } from './settings.ts';
import { sotw } from './sotw.ts';
import { ProxyStream, type StreamParts } from './stream.ts';
import { Waves } from './waves.ts';

/** What a transport needs of the relay: a stream for each call it takes. */
export interface RelayCore {
  readonly settings: RelaySettings;
  /** @param outlet the sending side; the transport calls `receive`, `drained` and `closed` of what it gets. */
  open(protocol: 'sotw' | 'delta', outlet: Outlet): ProxyStream;
  /** Ends all streams with status OK. */
  recycle(reason: string): void;
  /** Ends everything that runs in the background. */
  stop(): void;
}

/** Joins the relay's parts, without a transport. @param yieldTurn calls back in a later turn of the event loop. */
export function createCore(parts: RelayParts, yieldTurn: (resume: () => void) => void): RelayCore {
  const { snapshots, authenticate, onStatus, now, setTimer } = parts;
  const settings: RelaySettings = { ...DEFAULT_SETTINGS, ...parts.settings };
  const names = new NameSets();
  const endpoints = new EndpointSets(parts.endpoints, names);
  const onUnreadable = (mesh: string, reason: string): void => onStatus({ kind: 'snapshotUnreadable', mesh, reason });
  const meshes = new Meshes({ snapshots, setTimer, settings, onUnreadable });
  const queue = new PushQueue(settings.batchStreams, yieldTurn);
  const enqueue = (stream: ProxyStream): void => queue.add(stream);
  const shared: Omit<StreamParts, 'onClosed'> = {
    meshes,
    endpoints,
    waves: new Waves(),
    names,
    authenticate,
    onStatus,
    now,
    setTimer,
    settings,
    enqueue,
  };
  const streams = new Set<ProxyStream>();
  const leave = parts.endpoints.subscribe(() => {
    endpoints.changed();
    for (const stream of streams) queue.add(stream);
  });
  let session = 0;
  return {
    settings,
    open(protocol, outlet) {
      session += 1;
      const onClosed = (): boolean => streams.delete(stream);
      const stream = new ProxyStream({ ...shared, onClosed }, protocol === 'sotw' ? sotw : delta, outlet, session);
      streams.add(stream);
      return stream;
    },
    recycle(reason) {
      for (const stream of [...streams]) stream.recycle(reason);
    },
    stop() {
      leave();
      meshes.stop();
    },
  };
}

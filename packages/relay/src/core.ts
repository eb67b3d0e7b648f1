import { delta } from './delta.ts';
import { EndpointSets } from './endpoints.ts';
import { followLive, type News } from './liveNews.ts';
import { Meshes } from './meshes.ts';
import { NameSets } from './nameSet.ts';
import type { Outlet } from './outlet.ts';
import { PushQueue } from './pushQueue.ts';
import type { RelayParts } from './relayParts.ts';
import { SecretSets } from './secrets.ts';
import { DEFAULT_SETTINGS, type RelaySettings } from './settings.ts';
import { sotw } from './sotw.ts';
import { ProxyStream, type StreamParts } from './stream.ts';
import { StreamCounts } from './streamCounts.ts';
import { Waves } from './waves.ts';

/** The relay without its transport: the streams of all proxies, what they share, and the meshes they follow. */
export interface RelayCore {
  readonly settings: RelaySettings;
  /** Streams that wait for their turn to be looked at. */
  readonly queueLength: number;
  /** @param outlet the sending side; the transport calls `receive`, `drained` and `closed` of what it gets. */
  open(protocol: 'sotw' | 'delta', outlet: Outlet): ProxyStream;
  /** Ends all streams with status OK. */
  recycle(reason: string): void;
  /** Ends everything that runs in the background. */
  stop(): void;
}

/** Joins the relay's parts, without a transport. @param yieldTurn calls back in a later turn of the event loop. */
export function createCore(parts: RelayParts, yieldTurn: (resume: () => void) => void): RelayCore {
  return new Core(parts, yieldTurn);
}

class Core implements RelayCore {
  readonly settings: RelaySettings;
  readonly #streams = new Set<ProxyStream>();
  readonly #queue: PushQueue;
  readonly #shared: StreamParts;
  readonly #leaveLive: () => void;
  #session = 0;

  constructor(parts: RelayParts, yieldTurn: (resume: () => void) => void) {
    const { snapshots, authenticate, onStatus, now, setTimer } = parts;
    const settings: RelaySettings = { ...DEFAULT_SETTINGS, ...parts.settings };
    const names = new NameSets();
    const streamCounts = new StreamCounts(settings.streamsPerProxy);
    const endpoints = new EndpointSets(parts.endpoints, names);
    const secrets = secretsOf(parts);
    const waves = new Waves(settings.sharedResponseBytes);
    const onUnreadable = (mesh: string, reason: string): void => onStatus({ kind: 'snapshotUnreadable', mesh, reason });
    const meshes = new Meshes({ snapshots, setTimer, settings, onUnreadable });
    const enqueue = (stream: ProxyStream): void => this.#queue.add(stream);
    const onClosed = (stream: ProxyStream): void => this.#forget(stream);
    this.settings = settings;
    this.#queue = new PushQueue(settings.batchStreams, yieldTurn);
    this.#shared = {
      meshes,
      endpoints,
      secrets,
      waves,
      names,
      streamCounts,
      authenticate,
      onStatus,
      now,
      setTimer,
      settings,
      enqueue,
      onClosed,
    };
    const endpointsChanged = (key: string): void => endpoints.changed(key);
    const secretChanged = (key: string): void => secrets?.changed(key);
    const tell = (news: News): void => this.#tell(news);
    this.#leaveLive = followLive(
      { endpoints: parts.endpoints, secrets: parts.secrets },
      { endpointsChanged, secretChanged, tell },
      yieldTurn,
    );
  }

  get queueLength(): number {
    return this.#queue.size;
  }

  open(protocol: 'sotw' | 'delta', outlet: Outlet): ProxyStream {
    this.#session += 1;
    const stream = new ProxyStream(this.#shared, protocol === 'sotw' ? sotw : delta, outlet, this.#session);
    this.#streams.add(stream);
    return stream;
  }

  recycle(reason: string): void {
    for (const stream of [...this.#streams]) stream.recycle(reason);
  }

  stop(): void {
    this.#leaveLive();
    this.#shared.meshes.stop();
  }

  #tell(news: News): void {
    for (const stream of this.#streams) if (stream.isConcerned(news)) this.#queue.add(stream);
  }

  #forget(stream: ProxyStream): void {
    this.#streams.delete(stream);
    this.#queue.forget(stream);
  }
}

function secretsOf({ secrets, onStatus }: RelayParts): SecretSets | undefined {
  if (secrets === undefined) return undefined;
  const reason = 'it has more than a validation context: only trust is passed on, keys stay at the workload';
  return new SecretSets(secrets, (mesh, name) => onStatus({ kind: 'secretWithheld', mesh, name, reason }));
}

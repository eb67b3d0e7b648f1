import type { SnapshotStore } from '@meshwright/snapshot';
import type { Authenticate, EndpointSource, ProxyStatusEvent } from './ports.ts';
import type { RelaySettings } from './settings.ts';

/** What a relay is made of; everything it knows of time and of the outside comes in here. */
export interface RelayParts {
  readonly snapshots: SnapshotStore;
  readonly endpoints: EndpointSource;
  readonly authenticate: Authenticate;
  /** Called for everything that happens to a stream; must not throw. */
  readonly onStatus: (event: ProxyStatusEvent) => void;
  /** Milliseconds that only rise; a wall clock will do. */
  readonly now: () => number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly settings?: Partial<RelaySettings>;
}

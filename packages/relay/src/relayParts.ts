import type { SnapshotStore } from '@meshwright/snapshot';
import type { Authenticate, EndpointSource, ProxyStatusEvent, SecretSource } from './ports.ts';
import type { RelaySettings } from './settings.ts';
import type { Sessions } from './status/sessions.ts';

/** What a relay is made of; everything it knows of time and of the outside comes in here. */
export interface RelayParts {
  readonly snapshots: SnapshotStore;
  readonly endpoints: EndpointSource;
  /** Without it requests for secrets are left unanswered. */
  readonly secrets?: SecretSource;
  readonly authenticate: Authenticate;
  /** Called for everything that happens to a stream; must not throw. */
  readonly onStatus: (event: ProxyStatusEvent) => void;
  /**
   * Milliseconds of a monotonic clock, from any origin: every bound of the relay is measured with it. A wall clock will not do,
   * for it is set back now and then, and routes would wait for as long as it was.
   */
  readonly now: () => number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly settings?: Partial<RelaySettings>;
  /** What client status is answered from; whoever has it tells it of what `onStatus` hears. Without it there is no such service. */
  readonly sessions?: Pick<Sessions, 'all'>;
}

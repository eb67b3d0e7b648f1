import type { ProxyStatusEvent } from '@meshwright/relay';
import { HOLD_LIMITS, type HoldableSnapshots, HoldDecider, type HoldLimits, type HoldNews } from '@meshwright/snapshot';
import { monotonicClock } from './clock.ts';
import type { LocalFleet } from './fleet/localFleet.ts';

/** What deciding in one process works with. */
export interface HoldingParts {
  readonly snapshots: HoldableSnapshots;
  readonly fleet: Pick<LocalFleet, 'reports'>;
  /** HOLD_LIMITS unless given. */
  readonly limits: HoldLimits | undefined;
  readonly onNews: (news: HoldNews) => void;
  /** Told when reports or snapshots cannot be read; what is held stays so. */
  readonly onFailure: (cause: unknown) => void;
}

/** Decides what is held back from proxies. */
export interface Holding {
  /** Takes in one event of the relay: a refusal is looked at soon. */
  take(event: ProxyStatusEvent): void;
  close(): Promise<void>;
}

/** Starts deciding what is held, by what this process's proxies say at once, and by what others report every few seconds. */
export function startHolding({ snapshots, fleet, limits = HOLD_LIMITS, onNews, onFailure }: HoldingParts): Holding {
  const { setTimer } = monotonicClock;
  const decider = new HoldDecider({
    snapshots,
    reports: fleet.reports,
    limits,
    setTimer,
    onNews,
    onFailure: (_, cause) => onFailure(cause),
  });
  /** Open session → its mesh. */
  const meshes = new Map<number, string>();
  return {
    take(event) {
      if (event.kind === 'connected' && event.admission.kind === 'proxy') meshes.set(event.session, event.admission.mesh);
      else if (event.kind === 'gone') meshes.delete(event.session);
      else if (event.kind === 'rejected') {
        const mesh = meshes.get(event.session);
        if (mesh !== undefined) decider.look(mesh);
      }
    },
    close: () => decider.close(),
  };
}

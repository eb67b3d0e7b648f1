/** Protocol variants, as the load generator names them. */
export type Mode = 'sotw' | 'delta';

/** Caches of the peer that the relay is compared with. */
export type Rival = 'linear' | 'snapshot-node';

/** One kind of work, done by the relay and by its rivals in turns. */
export interface Scenario {
  /** As progress and figures name it. */
  readonly name: string;
  /** Streams, each on a connection of its own. */
  readonly streams: number;
  readonly mode: Mode;
  /** Mutual TLS instead of plaintext. */
  readonly tls: boolean;
  /** How many different contents the streams get. */
  readonly sets: number;
  readonly rivals: readonly Rival[];
}

/** Different contents where every node has its own scope. */
const SCOPED_SETS = 100;

/** Content that all streams share, in the clear. */
export function shared(mode: Mode, streams: number): Scenario {
  return {
    name: `${mode}, ${streams} streams`,
    streams,
    mode,
    tls: false,
    sets: 1,
    rivals: mode === 'sotw' ? ['linear', 'snapshot-node'] : ['linear'],
  };
}

/** Shared content over mutual TLS. */
export function secured(streams: number): Scenario {
  return { ...shared('sotw', streams), name: `sotw, ${streams} streams, mTLS`, tls: true, rivals: ['linear'] };
}

/** A hundred different contents. */
export function scoped(streams: number): Scenario {
  const name = `sotw, ${streams} streams, ${SCOPED_SETS} contents`;
  return { ...shared('sotw', streams), name, sets: SCOPED_SETS, rivals: ['snapshot-node'] };
}

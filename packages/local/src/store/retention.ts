import { LOG_RETENTION_DAYS } from '@meshwright/model';

/** How long an embedded store keeps its log. */
export interface LogRetention {
  /** Days after which a log row expires, counted back from the newest one; LOG_RETENTION_DAYS unless told. */
  readonly logRetentionDays?: number;
}

/** Most expired rows of the log, and most expired tokens, that go with one commit: more than the one it adds, so that they come to an end, and no burden to it. */
export const PRUNED_PER_COMMIT = 10;

const DAY_MILLIS = 86_400_000;

/** When rows expired that are older than this, in epoch milliseconds, as a commit at `at` sees it. */
export function expiryAt(at: number, { logRetentionDays = LOG_RETENTION_DAYS }: LogRetention): number {
  return at - logRetentionDays * DAY_MILLIS;
}

/** The oldest rows that are expired, from the front: one behind a row that is kept is kept as well, or there would be a gap. */
export function expiredOf<T extends { readonly at: number | bigint }>(oldest: readonly T[], expiry: number): readonly T[] {
  const kept = oldest.findIndex(({ at }) => at >= expiry);
  return kept < 0 ? oldest : oldest.slice(0, kept);
}

/** Whether rows go on from `generation` without a gap; one is left where rows are no longer kept. */
export function follows(rows: readonly { readonly generation: bigint }[], generation: bigint): boolean {
  const [first] = rows;
  return first === undefined || first.generation === generation + 1n;
}

/** Why a store file cannot be used. */
export type UnusableReason = 'inUse' | 'newerFormat' | 'notADatabase' | 'unreachable';

/** A store file that this process must leave alone; the message is one line with the path, the fact and the fix. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
  readonly reason: UnusableReason;

  constructor(reason: UnusableReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

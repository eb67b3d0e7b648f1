import type { Ref } from './ref.ts';

/**
 * What went wrong, for callers; `api` maps each to a status and an App Mesh error name.
 * `TooManyRequests` and `ServiceUnavailable` may be retried as they are; the others ask for another request.
 */
export type MeshErrorCode =
  | 'BadRequest'
  | 'Conflict'
  | 'Forbidden'
  | 'LimitExceeded'
  | 'NotFound'
  | 'ResourceInUse'
  | 'ServiceUnavailable'
  | 'TooManyRequests'
  | 'TooManyTags';

/** A request that cannot be carried out; the message is read by people: fact, field, value, rule, fix. */
export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: MeshErrorCode;
  readonly ref: Ref | undefined;
  /** Whether a store that says `ServiceUnavailable` certainly changed nothing; false = a commit may have been carried out all the same. */
  readonly isUndone: boolean;

  constructor(
    code: MeshErrorCode,
    message: string,
    options: { readonly ref?: Ref; readonly cause?: unknown; readonly isUndone?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.ref = options.ref;
    this.isUndone = options.isUndone ?? false;
  }
}

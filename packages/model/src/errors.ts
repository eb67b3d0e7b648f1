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

  constructor(code: MeshErrorCode, message: string, options: { readonly ref?: Ref; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.ref = options.ref;
  }
}

import { MeshError } from './errors.ts';
import { type Change, MAX_COMMIT_BYTES, MAX_COMMIT_CHANGES, type TokenRecord } from './store.ts';

/** Changes as JSON, for a log row. */
export interface EncodedCommit {
  readonly changes: string;
  readonly answer: string | undefined;
}

/**
 * Writes a commit as the JSON every adapter stores, and holds it to the limits all adapters share.
 * @throws MeshError `LimitExceeded` past MAX_COMMIT_CHANGES or MAX_COMMIT_BYTES.
 */
export function encodeCommit(changes: readonly Change[], token: TokenRecord | undefined): EncodedCommit {
  if (changes.length > MAX_COMMIT_CHANGES) {
    throw new MeshError(
      'LimitExceeded',
      `The request has ${changes.length} changes but one commit takes at most ${MAX_COMMIT_CHANGES}: split it.`,
    );
  }
  const encoded = { changes: JSON.stringify(changes), answer: token && JSON.stringify(token.answer) };
  const sizeBytes = new TextEncoder().encode(encoded.changes + (encoded.answer ?? '')).length;
  if (sizeBytes > MAX_COMMIT_BYTES) {
    throw new MeshError(
      'LimitExceeded',
      `The request has ${sizeBytes} bytes of changes but one commit takes at most ${MAX_COMMIT_BYTES}: split it.`,
    );
  }
  return encoded;
}

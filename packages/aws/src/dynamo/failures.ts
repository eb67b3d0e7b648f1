import { DynamoDBServiceException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type CommitOutcome, MeshError } from '@meshwright/model';
import { type ClientError, isOfClient } from '../clientError.ts';

/** Errors before a connection, after which certainly nothing was sent. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Errors, and reasons of a cancelled transaction, that say the table or the account is asked for too much. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceeded',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingError',
  'ThrottlingException',
]);

/**
 * What a failed read is for callers.
 * @returns MeshError `ServiceUnavailable`; the error itself when it does not come from the client, which is a bug.
 */
export function readFailure(error: unknown): unknown {
  return isOfClient(error) ? unavailable(error, true) : error;
}

/** Whether a transactional read met a transaction that is under way. */
export function isConflict(error: unknown): boolean {
  return error instanceof TransactionCanceledException && reasonsOf(error).includes('TransactionConflict');
}

/**
 * What came of a commit that was not carried out; undefined when the error does not say.
 *
 * A cancelled transaction is certain news even after the client tried several times: it sends each try with the same
 * ClientRequestToken, and a try after one that went through is answered as that one.
 * @param token place of the token's item in the transaction, if it has one; that of the generation row is 0
 */
export function refusedOutcome(error: unknown, token: number | undefined): CommitOutcome | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = reasonsOf(error);
  // Whatever else failed was judged on a mesh that is not there any more; and of a conflict nobody knows how it ends.
  if (reasons[0] === 'ConditionalCheckFailed' || reasons.includes('TransactionConflict')) return { kind: 'behind' };
  if (token !== undefined && reasons[token] === 'ConditionalCheckFailed') return { kind: 'tokenTaken' };
  return undefined;
}

/**
 * What a failed commit is for callers.
 * @returns MeshError `TooManyRequests` when the table was throttled and nothing happened, `LimitExceeded` for what DynamoDB cannot
 * hold, else `ServiceUnavailable`; the error itself when it does not come from the client, which is a bug.
 */
export function commitFailure(error: unknown): unknown {
  if (!isOfClient(error)) return error;
  const reasons = error instanceof TransactionCanceledException ? reasonsOf(error) : [];
  if (error.name === 'ValidationException' || reasons.includes('ValidationError')) return invalid(error);
  const isUndone = isCertainlyUndone(error);
  if (![error.name, ...reasons].some((name) => THROTTLED.has(name)) || !isUndone) return unavailable(error, isUndone);
  const message = `The store takes no more writes at the moment (${error.name}: ${error.message}): send the request again, later.`;
  return new MeshError('TooManyRequests', message, { cause: error, isUndone });
}

function isCertainlyUndone(error: ClientError): boolean {
  if (error instanceof TransactionCanceledException || error.$metadata === undefined) return true;
  const { attempts, httpStatusCode = 0 } = error.$metadata;
  // The last of several tries tells nothing of those before it.
  if (attempts !== 1) return false;
  const isRefusal = error instanceof DynamoDBServiceException && httpStatusCode >= 400 && httpStatusCode < 500;
  return isRefusal || ('code' in error && NEVER_CONNECTED.has(String(error.code)));
}

function unavailable(error: ClientError, isUndone: boolean): MeshError {
  const message = `The store cannot answer (${error.name}: ${error.message}): try again.`;
  return new MeshError('ServiceUnavailable', message, { cause: error, isUndone });
}

function invalid(cause: ClientError): MeshError {
  const message = `DynamoDB does not take the commit (${cause.message}): it holds at most 400 KB in one resource with its tags, make that smaller.`;
  return new MeshError('LimitExceeded', message, { cause, isUndone: true });
}

function reasonsOf({ CancellationReasons = [] }: TransactionCanceledException): readonly string[] {
  return CancellationReasons.map(({ Code = 'None' }) => Code);
}

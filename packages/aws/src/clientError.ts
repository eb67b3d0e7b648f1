/** An error as a client of the SDK throws it: it says how often it tried, also when no answer ever came. */
export interface ClientError extends Error {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** Errors of whoever hands out credentials; the client passes them on as they are, before anything is sent. */
const WITHOUT_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);

/** Whether the service, or the way to it, failed; anything else that is thrown around a request is a bug, and no outage. */
export function isOfClient(error: unknown): error is ClientError {
  return error instanceof Error && ('$metadata' in error || WITHOUT_CREDENTIALS.has(error.name));
}

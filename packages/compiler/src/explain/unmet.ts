/** A condition of a route that a request does not meet. */
export interface Unmet {
  readonly condition: 'path' | 'method' | 'scheme' | 'header' | 'queryParameter' | 'grpc';
  /** Of the header or query parameter. */
  readonly name?: string;
  /** What the condition takes, in words. */
  readonly wanted: string;
  /** What the request has; absent when it has nothing of the kind. */
  readonly found?: string;
}

/** Tells that a condition is not met. */
export function unmet(condition: Unmet['condition'], wanted: string, found?: string, name?: string): Unmet {
  return { condition, ...(name !== undefined && { name }), wanted, ...(found !== undefined && { found }) };
}

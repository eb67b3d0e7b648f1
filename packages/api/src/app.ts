import { type ErrorAnswer, errorAnswer } from './errors.ts';
import type { OperationParts } from './operation.ts';
import { checkHeaderBytes } from './requestBody.ts';
import { parseRequestTarget } from './requestTarget.ts';
import { createRouter, type RequestState } from './router.ts';
import type { DiagnosticsView } from './v1/diagnostics.ts';
import type { FleetView } from './v1/fleet.ts';

/** What the API works with. */
export interface ApiParts extends OperationParts {
  /** Epoch milliseconds. */
  now(): number;
  /** A fresh id for each request: the request id of its answer and the write id of its commit. */
  newId(): string;
  /** What is known of proxies; without it `/v1` has no paths for them. */
  readonly fleet?: FleetView;
  /** What is known of mistakes in meshes; without it `/v1` has no path for them. */
  readonly diagnostics?: DiagnosticsView;
  /** Paths that the server in front answers by itself, such as `/metrics`; told to whoever asks for a path that there is not. */
  readonly pages?: readonly string[];
  /** Told once per request, when its answer is ready. */
  onRequest?(event: ApiRequestEvent): void;
}

/** One answered request, for logs and metrics. */
export interface ApiRequestEvent {
  readonly requestId: string;
  /** `?` where the server in front could not read the request so far. */
  readonly method: string;
  /** App Mesh operation, such as `CreateRoute`; absent where path and method name none. */
  readonly operation?: string;
  /** What it is about, names outermost first, such as `apps/serviceb-router/serviceb-route`; absent until they are read. */
  readonly resource?: string;
  /** The revision of its mesh that a write is in, as `/v1/meshes/MESH/revisions/REVISION/delivery` takes it; absent where nothing was written. */
  readonly revision?: number;
  readonly status: number;
  /** From the request being handed in to its answer, in milliseconds. */
  readonly millis: number;
  /** What the caller was told went wrong. */
  readonly error?: { readonly shape: string; readonly message: string };
  /** What was thrown, for answers of 500 and above; the caller is never told. */
  readonly cause?: unknown;
}

/** The App Mesh compatible API, free of any server. */
export interface Api {
  /**
   * Answers one request; never rejects for anything a caller can send.
   * @param rawTarget path and query exactly as they came on the wire: `Request` folds `.` and `..`, so its `url` is not used.
   */
  fetch(request: Request, rawTarget: string): Promise<Response>;
  /** The answer to what a server in front refuses before there is a `Request`: in the same form as every other, and told to `onRequest`. */
  refuse(refusal: ServerRefusal): Response;
}

/** Why a server in front refuses what a client sent. */
export interface ServerRefusal {
  /** 405 for what names no operation; otherwise what HTTP has for the case, 400 where it has nothing better. */
  readonly status: 400 | 405 | 408 | 413 | 417 | 431;
  /** Fact, value, rule and fix. */
  readonly message: string;
  /** Undefined where it could not be read. */
  readonly method?: string | undefined;
}

/**
 * The App Mesh API over a store and its writer.
 *
 * @example
 * const api = createApi({ store, writer, identity, now: Date.now, newId: randomUUID });
 * serve({ fetch: (request, { incoming }) => api.fetch(request, incoming.url) });
 */
export function createApi(parts: ApiParts): Api {
  const router = createRouter(parts);
  return {
    async fetch(request, rawTarget) {
      const startedAt = parts.now();
      const requestId = parts.newId();
      const seen: Seen = {};
      const response = await answer(request, rawTarget, requestId, seen);
      parts.onRequest?.({ requestId, method: request.method, ...seen, status: response.status, millis: parts.now() - startedAt });
      return response;
    },
    refuse({ status, message, method = '?' }) {
      const requestId = parts.newId();
      const error = { shape: status === 405 ? 'UnknownOperationException' : 'BadRequestException', message };
      parts.onRequest?.({ requestId, method, status, millis: 0, error });
      return errorResponse({ status, ...error }, requestId);
    },
  };

  async function answer(request: Request, rawTarget: string, requestId: string, seen: Seen): Promise<Response> {
    try {
      checkHeaderBytes(request.headers);
      const state: RequestState = { requestId, target: parseRequestTarget(rawTarget), told: seen };
      const response = await router.fetch(request, state);
      response.headers.set('x-amzn-RequestId', requestId);
      if (seen.revision !== undefined) response.headers.set('x-meshwright-revision', String(seen.revision));
      return response;
    } catch (cause) {
      const error = errorAnswer(cause, requestId);
      seen.error = { shape: error.shape, message: error.message };
      if (error.status >= 500) seen.cause = cause;
      return errorResponse(error, requestId);
    }
  }
}

/** What the event tells beyond the answer; filled in while the request is answered. */
type Seen = { -readonly [Member in 'operation' | 'resource' | 'revision' | 'error' | 'cause']?: ApiRequestEvent[Member] };

function errorResponse({ status, shape, message }: ErrorAnswer, requestId: string): Response {
  const headers = { 'x-amzn-ErrorType': shape, 'x-amzn-RequestId': requestId };
  return Response.json({ message }, { status, headers });
}

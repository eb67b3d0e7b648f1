import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadinessCheck } from '@meshwright/relay';

/** What the pages for operators tell. */
export interface OperatorPagesParts {
  /** In Prometheus' text format. */
  prometheus(): Promise<string>;
  readonly readiness: Pick<ReadinessCheck, 'check'>;
}

/** Answers a request that is for one of the pages; false when it is for none. */
export type OperatorPages = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Where the pages for operators are. */
export const OPERATOR_PATHS = ['/metrics', '/readyz'] as const;
const [METRICS, READYZ] = OPERATOR_PATHS;

const TEXT = 'text/plain; charset=utf-8';
const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * `GET /metrics` and `GET /readyz` (503 with the reasons while nothing can be served). They stand beside the API, which has `/healthz` for
 * whoever asks whether the process lives, and whose other paths begin with a version.
 */
export function operatorPages({ prometheus, readiness }: OperatorPagesParts): OperatorPages {
  const pages = new Map<string, () => Promise<Page>>([
    [METRICS, async () => ({ status: 200, contentType: PROMETHEUS_TEXT, text: await prometheus() })],
    [READYZ, () => readyPage(readiness)],
  ]);
  return (incoming, outgoing) => {
    const page = pages.get(incoming.url?.split('?', 1)[0] ?? '');
    if (page === undefined) return false;
    const isRead = incoming.method === 'GET' || incoming.method === 'HEAD';
    void (isRead ? page().catch(failure) : Promise.resolve(notAllowed(outgoing))).then((answer) => send(outgoing, answer));
    return true;
  };
}

async function readyPage(readiness: Pick<ReadinessCheck, 'check'>): Promise<Page> {
  const answer = await readiness.check();
  if (answer.isReady) return { status: 200, contentType: TEXT, text: 'ready\n' };
  return { status: 503, contentType: TEXT, text: `not ready:\n${answer.reasons.map((reason) => `${reason}\n`).join('')}` };
}

function failure(cause: unknown): Page {
  return { status: 500, contentType: TEXT, text: `${cause instanceof Error ? cause.message : String(cause)}\n` };
}

function notAllowed(outgoing: ServerResponse): Page {
  outgoing.setHeader('allow', 'GET, HEAD');
  return { status: 405, contentType: TEXT, text: 'This page is only read: use GET.\n' };
}

function send(outgoing: ServerResponse, { status, contentType, text }: Page): void {
  // A probe that counts on a fresh answer gets one.
  outgoing.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store' });
  outgoing.end(outgoing.req.method === 'HEAD' ? undefined : text);
}

import type { Head } from '@meshwright/snapshot';
import { isOfClient } from '../clientError.ts';

/** Share of the interval by which a wait is longer or shorter, so that many relays do not ask in step. */
const JITTER = 0.2;
/** A read that takes longer is given up and counts as failed: a connection that died silently must not end the watching. */
const READ_TIMEOUT_MILLIS = 5_000;

/** What polling works with. */
export interface HeadPollParts {
  /** All heads there are; each may be a moment old. */
  readAll(signal: AbortSignal): Promise<readonly Head[]>;
  readonly intervalMillis: number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void;
  /** Told of each read that failed; what was told of the heads stands, and they are read again after the usual wait. */
  onFailure(cause: unknown): void;
}

/**
 * Yields the heads there are, then those whose rev has risen, until the signal aborts. Between two reads lies a wait; nothing is read
 * while the reader is busy with what it was told, so a slow one finds the newest of each mesh only.
 * @throws what a read throws that is no failure of the service: a bug, which waiting does not mend.
 */
export async function* pollHeads(parts: HeadPollParts, signal: AbortSignal): AsyncGenerator<readonly Head[]> {
  const told = new Map<string, bigint>();
  let isFirst = true;
  while (!signal.aborted) {
    const heads = await readInTime(parts, signal);
    if (signal.aborted) return;
    using pause = startPause(parts, signal);
    // A read may be served by a replica that lags: what was told already stands.
    forgetGone(told, heads);
    const news = heads?.filter(({ mesh, rev }) => rev > (told.get(mesh) ?? 0n)) ?? [];
    for (const { mesh, rev } of news) told.set(mesh, rev);
    if (heads !== undefined && (isFirst || news.length > 0)) {
      isFirst = false;
      yield news;
    }
    await pause.over;
  }
}

/** A mesh that a whole read no longer shows has lost its head: the next one of it is news, whatever its rev. */
function forgetGone(told: Map<string, bigint>, heads: readonly Head[] | undefined): void {
  if (heads === undefined) return;
  const shown = new Set(heads.map(({ mesh }) => mesh));
  for (const mesh of told.keys()) if (!shown.has(mesh)) told.delete(mesh);
}

/**
 * Undefined when the read failed or the signal aborted.
 * @throws what is no failure of the service.
 */
async function readInTime(parts: HeadPollParts, signal: AbortSignal): Promise<readonly Head[] | undefined> {
  const reading = new AbortController();
  const end = (): void => reading.abort();
  const cancel = parts.setTimer(end, READ_TIMEOUT_MILLIS);
  signal.addEventListener('abort', end);
  try {
    return await parts.readAll(reading.signal);
  } catch (cause) {
    if (!reading.signal.aborted && !isOfClient(cause)) throw cause;
    const late = new Error(`The heads were not read within ${READ_TIMEOUT_MILLIS} ms`, { cause });
    if (!signal.aborted) parts.onFailure(reading.signal.aborted ? late : cause);
    return undefined;
  } finally {
    cancel();
    signal.removeEventListener('abort', end);
  }
}

interface Pause extends Disposable {
  readonly over: Promise<void>;
}

function startPause({ intervalMillis, random, setTimer }: HeadPollParts, signal: AbortSignal): Pause {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const cancel = setTimer(end, intervalMillis * (1 - JITTER + 2 * JITTER * random()));
  signal.addEventListener('abort', end);
  return {
    over,
    [Symbol.dispose]: () => {
      cancel();
      signal.removeEventListener('abort', end);
    },
  };
}

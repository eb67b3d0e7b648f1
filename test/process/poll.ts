import { setTimeout as delay } from 'node:timers/promises';

const POLL_MILLIS = 25;
/** On a machine that does other things, too. */
const TIMEOUT_MILLIS = 30_000;

/** What is waited for. */
export interface Poll<Answer> {
  /** Goes into the error, such as `Envoy in a`. */
  readonly what: string;
  ask(): Promise<Answer>;
  wanted(answer: Answer): boolean;
  /** 30,000 unless told. */
  readonly timeoutMillis?: number | undefined;
  /** Whether no answer will change any more, because who is asked has ended. */
  isOver?(): boolean;
  /** Goes into the error, such as a log. */
  explain?(): string;
}

/**
 * Asks until the answer is a wanted one and returns it: for what lives in another process and tells nobody of its own accord.
 * @throws Error with the last answer when it is over or takes too long.
 */
export async function poll<Answer>(options: Poll<Answer>): Promise<Answer> {
  const { what, timeoutMillis = TIMEOUT_MILLIS } = options;
  const end = performance.now() + timeoutMillis;
  for (;;) {
    const isOver = options.isOver?.() ?? false;
    const answer = await options.ask();
    if (options.wanted(answer)) return answer;
    if (isOver || performance.now() > end) {
      const why = isOver ? 'it ended' : `waited ${timeoutMillis} ms`;
      throw new Error(`${what}: ${why}; last answer ${JSON.stringify(answer)}${options.explain ? `; log:\n${options.explain()}` : ''}`);
    }
    await delay(POLL_MILLIS);
  }
}

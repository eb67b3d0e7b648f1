import type { SessionSummary } from './session.ts';

/** Without the ended streams of proxies that are open elsewhere. */
export function withoutLeft<Session extends SessionSummary>(sessions: readonly Session[]): readonly Session[] {
  const open = new Set(sessions.filter(({ ended }) => ended === undefined).map(({ id }) => id));
  return sessions.filter(({ ended, id }) => ended === undefined || !open.has(id));
}

import type { Diagnostic } from '@meshwright/model';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { expect, it } from 'vitest';
import { StandingRefusals } from './standingRefusals.ts';

const MESH = '123456789012/apps';
const ref = { kind: 'virtualNode', mesh: 'apps', name: 'a' } as const;
const REFUSED: Diagnostic = { code: 'refused-by-proxy', severity: 'error', ref, pointer: '', message: 'No.', fix: 'Mend it.' };

/** Refusals in a mesh in which `standing` is refused, and what is told of them, each time that the timers were let run out. */
function following() {
  let standing: readonly Diagnostic[] = [];
  const timers = new Set<() => void>();
  let told = Promise.withResolvers<readonly Diagnostic[]>();
  const refusals = new StandingRefusals({
    view: { diagnostics: async () => ({ revision: 0n, diagnostics: standing }) },
    setTimer: (callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
    tell: (mesh, diagnostics) => mesh === MESH && told.resolve(diagnostics),
    onFailure: (cause) => told.reject(cause),
  });
  const event = (kind: ProxyStatusEvent['kind'], session = 1): void =>
    refusals.take({ kind, session, admission: { kind: 'proxy', mesh: MESH, proxy: 'virtualNode/a' } } as unknown as ProxyStatusEvent);
  const next = async (now: readonly Diagnostic[]) => {
    standing = now;
    told = Promise.withResolvers();
    for (const callback of timers) {
      timers.delete(callback);
      callback();
    }
    return await told.promise;
  };
  return { refusals, event, next, timers };
}

it('are looked at from the first on until none stands, and once for many', async () => {
  const { refusals, event, next, timers } = following();
  for (const session of [1, 2]) event('connected', session);
  event('acked');
  expect(timers.size).toBe(0);
  for (const session of [1, 2]) event('rejected', session);
  expect(timers.size).toBe(1);
  expect(await next([REFUSED])).toEqual([REFUSED]);
  event('acked');
  expect(await next([])).toEqual([]);
  event('acked');
  expect(timers.size).toBe(0);
  await refusals.close();
});

it('end with a stream, and not with the process', async () => {
  const { refusals, event, next, timers } = following();
  event('connected');
  refusals.held({ mesh: MESH });
  await next([REFUSED]);
  event('gone');
  expect(timers.size).toBe(1);
  await refusals.close();
  expect(timers.size).toBe(0);
  event('connected', 2);
  event('rejected', 2);
  expect(timers.size).toBe(0);
});

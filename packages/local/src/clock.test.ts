import { afterEach, describe, expect, it, vi } from 'vitest';
import { monotonicClock } from './clock.ts';

describe('the clock that bounds waits', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('goes on when the wall clock is set back an hour, or ahead', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const start = monotonicClock.now();
    for (const step of [-3_600_000, 7_200_000]) {
      vi.setSystemTime(Date.now() + step);
      const passed = monotonicClock.now() - start;
      expect(passed).toBeGreaterThanOrEqual(0);
      expect(passed).toBeLessThan(60_000);
    }
  });
});

/**
 * Time as the parts that wait need it. What bounds a wait never reads the wall clock: one that is set back an hour, as time
 * synchronisation may, would stretch a bound of seconds to that hour.
 */
export const monotonicClock = {
  /** Milliseconds since this process started; they only rise. */
  now: (): number => performance.now(),
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void {
    const timer = setTimeout(callback, millis);
    return () => clearTimeout(timer);
  },
} as const;

/** Share of the age by which it is shorter or longer: what came at once must not go at once. */
const SPREAD = 0.2;
/** Whole seconds: timers of equal length cost less than thousands that all differ. */
const STEP_MILLIS = 1_000;

/** How long a connection is kept: the age ± 20 %. @param random from 0 up to 1. */
export function spreadAgeMillis(ageMillis: number, random: () => number): number {
  const age = ageMillis * (1 - SPREAD + 2 * SPREAD * random());
  return age < STEP_MILLIS ? age : Math.round(age / STEP_MILLIS) * STEP_MILLIS;
}

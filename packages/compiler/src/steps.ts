/**
 * Long work, to be gone on with piece by piece; each piece says how many units of work it was. Whoever wants the result at once
 * runs them all.
 */
export type Steps<Result> = Generator<number, Result, void>;

/** Does all that is left, at once. */
export function finished<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Units of work after which others get a turn: about 20 ms, for a unit takes 20 to 100 microseconds. A proxy with thousands of
 * routes is one unit, and takes up to a second.
 */
const UNITS_PER_TURN = 300;

/** Who else wants to get on, and the time. */
export interface Turns {
  /** Lets others get on. */
  turn(): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

/** Does all that is left, and lets others get on every now and then. Answers the result and the milliseconds of the work alone. */
export async function inTurns<Result>(
  steps: Steps<Result>,
  turns: Turns,
  unitsPerTurn = UNITS_PER_TURN,
): Promise<{ readonly result: Result; readonly millis: number }> {
  let millis = 0;
  let start = turns.now();
  let units = 0;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { result: step.value, millis: millis + turns.now() - start };
    units += step.value;
    if (units < unitsPerTurn) continue;
    millis += turns.now() - start;
    await turns.turn();
    start = turns.now();
    units = 0;
  }
}

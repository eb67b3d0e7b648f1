import type { Duration } from '@meshwright/model';

/** Envoy counts nanoseconds with 64 bits and refuses longer durations (seen on 1.40), while App Mesh sets no limit. */
const MAX_SECONDS = 9_223_372_035n;

/** An App Mesh duration as protobuf has it; without a value it is 0, without a unit it counts seconds. */
export function toDuration({ value = 0, unit = 's' }: Duration): { seconds: bigint; nanos: number } {
  const millis = BigInt(value) * (unit === 's' ? 1000n : 1n);
  if (millis >= MAX_SECONDS * 1000n) return { seconds: MAX_SECONDS, nanos: 0 };
  return { seconds: millis / 1000n, nanos: Number(millis % 1000n) * 1_000_000 };
}

import type { Telemetry, TelemetryOptions } from './openTelemetry.ts';

/** Makes a meter of its own: nothing is registered for the whole process. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  // Only where it is wanted: OpenTelemetry's packages take a tenth of a second and 25 MB.
  const { createTelemetry } = await import('./openTelemetry.ts');
  return await createTelemetry(options);
}

/** Every code of the diagnostics that only proxies bring about, beside the compiler's, and when it is told; codes are stable. */
const fleetDiagnosticCodes = {
  'held-back': 'Too many proxies refused what was made of a resource: those that have not taken it are not sent it.',
  'refused-by-proxy': 'A proxy that is connected refuses what was made of a resource.',
} as const;

/** Says what a diagnostic of the fleet is about. */
export type FleetDiagnosticCode = keyof typeof fleetDiagnosticCodes;

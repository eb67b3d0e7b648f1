import type { Ref } from '@meshwright/model';
import type { Report } from './diagnostics.ts';

const MIB = 1024 * 1024;

/** From here on it is told: what is sent at once is near 4 MiB, which the gRPC client in App Mesh's image does not take. */
const LARGE_BYTES = 3 * MIB;

/** Tells when a proxy's resources of one type are nearly too large, or too large, for some of its Envoys. */
export function reportSize(report: Report, ref: Ref, typeUrl: string, sizeBytes: number): void {
  if (sizeBytes < LARGE_BYTES) return;
  report({
    code: 'large-configuration',
    severity: 'warning',
    ref,
    pointer: '',
    message: `Its proxy gets ${(sizeBytes / MIB).toFixed(1)} MiB of ${typeUrl.slice(typeUrl.lastIndexOf('.') + 1)} resources at once: App Mesh's own image takes no message above 4 MiB.`,
    fix: 'give it fewer backends or gateway routes, or run a stock Envoy with the bootstrap of this control plane',
  });
}

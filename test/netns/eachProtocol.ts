import { describe, inject } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import type { XdsProtocol } from './scenario.ts';

/** `describe` for what real Envoys in namespaces do: by the protocols given, and in the slow tier by both. */
export function describeScenario(title: string, protocols: readonly XdsProtocol[], body: (protocol: XdsProtocol) => void): void {
  const all: readonly XdsProtocol[] = inject('effort') > 1 ? ['sotw', 'delta'] : protocols;
  describeWith(['topology'], title, () => {
    for (const protocol of all) describe(protocol, () => body(protocol));
  });
}

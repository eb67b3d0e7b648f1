import type { Refuse } from './structures.ts';
import { must } from './violation.ts';

/** Refuses listeners that share a port: Envoy takes no two filter chains with equal matches. */
export function distinctPorts(listeners: readonly { readonly portMapping: { readonly port: number } }[], refuse: Refuse): void {
  const seen = new Set<number>();
  for (const [index, { portMapping }] of listeners.entries()) {
    if (seen.has(portMapping.port)) {
      const rule = must('differ from the ports of the other listeners', 'give each listener a port of its own');
      refuse(['listeners', index, 'portMapping', 'port'], rule, portMapping.port);
    }
    seen.add(portMapping.port);
  }
}

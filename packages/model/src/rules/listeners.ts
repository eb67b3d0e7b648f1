import { MeshError } from '../errors.ts';
import type { Ref, Resource } from '../resource.ts';
import { escaped, must, violation } from '../schema/violation.ts';
import { labels } from './wording.ts';

/** A listener, as far as the rules on routes look at it. */
export interface RuledListener {
  readonly portMapping: { readonly port: number; readonly protocol: string };
}

/** Which listener a route or gateway route asks for. */
export interface ListenerChoice {
  readonly ref: Ref<'route'> | Ref<'gatewayRoute'>;
  /** Member of the spec that holds the route, such as `httpRoute`. */
  readonly kind: string;
  readonly protocol: string;
  /** What its `match.port` says. */
  readonly port: number | undefined;
}

/** What has the listeners that routes choose from, as messages call it. */
const owners = {
  route: { name: 'virtual router', label: 'Virtual Router' },
  gatewayRoute: { name: 'virtual gateway', label: 'Virtual Gateway' },
} as const;

/** Refuses a route that chooses none of its router's or gateway's listeners, or one of another protocol. Without listeners anything goes: they may come later. */
export function checkListenerChoice({ ref, kind, protocol, port }: ListenerChoice, listeners: readonly RuledListener[]): void {
  const field = `spec.${kind}.match.port`;
  const { name, label } = owners[ref.kind];
  if (port === undefined && listeners.length > 1) {
    const message = `${labels[ref.kind]} must define a port match criteria if the ${label} has multiple listeners: set ${field} to one of ${portsOf(listeners)}.`;
    throw new MeshError('BadRequest', message, { ref });
  }
  const chosen = port === undefined ? listeners[0] : listeners.find(({ portMapping }) => portMapping.port === port);
  if (chosen === undefined) {
    if (listeners.length > 0)
      refuse(ref, field, port, must(`be the port of a listener of the ${name}`, `use one of ${portsOf(listeners)}`));
    return;
  }
  const { portMapping } = chosen;
  if (portMapping.protocol === protocol) return;
  const rule = `the ${name}'s listener on port ${portMapping.port} has protocol ${portMapping.protocol}`;
  throw new MeshError('BadRequest', `spec.${kind} is for protocol ${protocol} but ${rule}: send the route kind of that protocol.`, { ref });
}

/** Refuses a second listener of a router or gateway as long as a route does not say which of them it is for. */
export function checkSecondListener(ref: Ref, listeners: readonly RuledListener[], choices: Iterable<ListenerChoice>): void {
  if (listeners.length < 2) return;
  for (const choice of choices) {
    if (choice.port !== undefined) continue;
    const { label } = owners[choice.ref.kind];
    const kind = labels[choice.ref.kind];
    const message = `All ${kind}s for this ${label} must define a port match criteria if it has multiple listeners: give ${kind} ${escaped(choice.ref.name)} a match.port first.`;
    throw new MeshError('BadRequest', message, { ref });
  }
}

/** Refuses a target without a port where its server has several listeners, and a port that none of them has. */
export function checkTargetPort(
  target: { readonly ref: Ref; readonly field: string; readonly port: number | undefined },
  server: Resource<'virtualNode'> | Resource<'virtualRouter'>,
): void {
  const { ref, field, port } = target;
  const listeners: readonly RuledListener[] = server.spec.listeners ?? [];
  const serverName = `${labels[server.ref.kind]} ${escaped(server.ref.name)}`;
  if (port === undefined) {
    if (listeners.length < 2) return;
    const rule = `${serverName} has multiple listeners: set it to one of ${portsOf(listeners)}`;
    throw new MeshError('BadRequest', `${field} is missing but ${rule}.`, { ref });
  }
  if (listeners.some(({ portMapping }) => portMapping.port === port)) return;
  const fix = listeners.length === 0 ? 'it has no listeners, leave the port out' : `use one of ${portsOf(listeners)}`;
  refuse(ref, field, port, must(`be the port of a listener of ${serverName}`, fix));
}

function portsOf(listeners: readonly RuledListener[]): string {
  return listeners.map(({ portMapping }) => portMapping.port).join(', ');
}

function refuse(ref: Ref, field: string, value: unknown, rule: string): never {
  throw new MeshError('BadRequest', `${violation(field, value, rule)}.`, { ref });
}

import { type PortProtocol, type Ref, resourcePath } from '@meshwright/model';
import { pointer, type Report } from '../diagnostics.ts';
import { httpRetryEvents } from '../ir/retryEvents.ts';
import { matchPort, type RouteResource } from './routeKinds.ts';
import type { Problem } from './targets.ts';

/** Every weight of a route is 0. */
export function reportAllZero({ kind, resource: { ref } }: RouteResource, report: Report): void {
  const consequence = kind === 'tcpRoute' ? 'connections are closed' : 'requests that match this route are answered 503';
  report({
    code: 'all-weights-zero',
    severity: 'warning',
    ref,
    pointer: pointer(kind, 'action', 'weightedTargets'),
    message: `Every weight is 0: ${consequence}.`,
    fix: 'give one target a weight above 0, or delete the route',
  });
}

/** A target cannot be reached. */
export function reportUnresolved(
  { kind, resource: { ref } }: RouteResource,
  place: string,
  { message, fix }: Problem,
  report: Report,
): void {
  const consequence = kind === 'tcpRoute' ? 'connections is closed' : 'traffic is answered 503';
  report({
    code: 'unresolved-target',
    severity: 'error',
    ref,
    pointer: place,
    message: `Its share of the ${consequence}: ${message}.`,
    fix,
  });
}

/** A target's listener speaks something else than the route. */
export function reportMismatch(
  { kind, protocol, resource: { ref } }: RouteResource,
  place: string,
  node: string,
  spoken: PortProtocol,
  report: Report,
): void {
  const sent = spoken === 'tcp' ? 'HTTP/1.1' : spoken;
  const consequence = protocol === 'tcp' ? 'connections are carried to it as they are' : `requests are sent to it as ${sent}`;
  report({
    code: 'protocol-mismatch',
    severity: 'warning',
    ref,
    pointer: place,
    message: `A ${kind} is for ${protocol}, but this listener of virtual node "${node}" has protocol ${spoken}: ${consequence}.`,
    fix: 'give both the same protocol',
  });
}

/** No listener of the router takes the route. */
export function reportUnserved(router: Ref, entry: RouteResource, report: Report): void {
  const { kind, protocol, resource } = entry;
  const port = matchPort(entry);
  const listener = /^[aeiou]|^h(?=ttp)/.test(protocol) ? `an ${protocol} listener` : `a ${protocol} listener`;
  report({
    code: 'route-without-listener',
    severity: 'error',
    ref: resource.ref,
    pointer: port === undefined ? pointer(kind) : pointer(kind, 'match', 'port'),
    message: `This route is never used: virtual router "${router.name}" does not have ${port === undefined ? listener : `${listener} on port ${port}`}.`,
    fix: 'change the port or protocol of one of them',
  });
}

/** Another TCP route of the same listener takes every connection. */
export function reportShadowed({ kind, resource: { ref } }: RouteResource, first: RouteResource, report: Report): void {
  report({
    code: 'route-never-used',
    severity: 'warning',
    ref,
    pointer: pointer(kind),
    message: `This route is never used: ${resourcePath(first.resource.ref)} comes before it and takes every connection.`,
    fix: 'delete one of them, or give this one a lower priority number',
  });
}

/** Retry events that mean nothing: the API takes any string. */
export function reportRetryEvents(entry: RouteResource, report: Report): void {
  if (entry.kind === 'tcpRoute') return;
  for (const [position, event] of (entry.route.retryPolicy?.httpRetryEvents ?? []).entries()) {
    if (httpRetryEvents.has(event)) continue;
    report({
      code: 'unknown-retry-event',
      severity: 'warning',
      ref: entry.resource.ref,
      pointer: pointer(entry.kind, 'retryPolicy', 'httpRetryEvents', position),
      message: `"${event}" is no HTTP retry event: nothing is tried again because of it.`,
      fix: `use ${[...httpRetryEvents.keys()].join(', ')}`,
    });
  }
}

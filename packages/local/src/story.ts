import type { ApiRequestEvent } from '@meshwright/api';
import type { PublishEvent } from '@meshwright/compiler';
import { type Diagnostic, type MeshKey, meshId, resourcePath } from '@meshwright/model';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { formatVersion, type HoldNews, type Inconsistency } from '@meshwright/snapshot';
import type { Log, LogLevel } from './log.ts';
import { missingNode } from './missingNode.ts';
import type { LocalListener } from './server.ts';
import { diagnosticText, type StandingChange, StandingDiagnostics } from './standing.ts';
import type { StandingFound } from './standingAtStart.ts';
import { Deliveries } from './storyDelivery.ts';

/** Most contradictions told of one snapshot, and most proxies named that it changes; the first ones tell where to look. */
const MAX_TOLD = 5;

/** What proxies or the relay would have somebody look at. */
const LOUD: ReadonlySet<ProxyStatusEvent['kind']> = new Set(['rejected', 'tooLarge', 'orphaned', 'snapshotUnreadable', 'secretWithheld']);

/** What `/v1` has to be read. */
const OWN_READS: ReadonlySet<string> = new Set(['ListProxies', 'GetProxy', 'ListUnknownNodes', 'ListDiagnostics', 'GetDelivery']);

/** Time as the story needs it: milliseconds that only rise, and being called back. */
export interface StoryTime {
  now(): number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void;
}

/** Tells what a control plane does as a log: requests, publications, and the story of each Envoy. */
export function tellStory(log: Log, time: StoryTime): Required<LocalListener> {
  const standing = new StandingDiagnostics();
  const deliveries = new Deliveries({
    now: () => time.now(),
    setTimer: (callback, millis) => time.setTimer(callback, millis),
    tell: ({ mesh, text, fields }) => log({ area: 'publish', text: `${nameOf(mesh)} ${text}`, fields: { mesh, ...fields } }),
  });
  return {
    onRequest: (event) => {
      if (!isLook(event)) log({ area: 'api', level: requestLevel(event), text: requestText(event), fields: requestFields(event) });
    },
    onPublished: (event) => {
      if (event.result.kind === 'published') deliveries.published(meshId(event.mesh), event.result.version, event.millis);
      tellPublication(log, standing, event);
    },
    onStanding: (mesh, found) => tellStandingOf(log, standing, mesh, found),
    onRefused: (mesh, diagnostics) => {
      const { added, resolved, standing: count } = standing.takeRefused(mesh, diagnostics);
      tellChanges(log, mesh, { added, resolved, is: 'new', standing: count });
    },
    onPublishFailure: (mesh: MeshKey, cause: unknown) =>
      log({
        area: 'publish',
        level: 'error',
        text: `${mesh.mesh} could not be published and is tried again: ${String(cause)}`,
        fields: { mesh: meshId(mesh) },
      }),
    onMetricsPush: (failure) =>
      log({
        area: 'metrics',
        text: failure === undefined ? 'metrics are pushed' : `metrics could not be pushed and are with the next push: ${failure}`,
      }),
    onStatusFailure: (cause: unknown) =>
      log({ area: 'fleet', text: `what proxies say could not be written down and is told from memory: ${String(cause)}` }),
    onHold: (news) => tellHold(log, news),
    onStatus: (event) => {
      log({ area: 'xds', level: LOUD.has(event.kind) ? 'warning' : 'info', text: statusText(event), fields: { event } });
      deliveries.take(event);
    },
  };
}

/** Content that is held back, and what is not any more. */
function tellHold(log: Log, { mesh, held, released }: HoldNews): void {
  for (const { typeUrl, name, nodes, nodeCount, envoyVersion, message } of held) {
    const who = `${nodes.length} of ${nodeCount} nodes (Envoy ${envoyVersion}) refused it: ${message}`;
    log({
      area: 'publish',
      level: 'error',
      text: `${nameOf(mesh)} HOLDS BACK ${typeName(typeUrl)} ${name}, ${who}`,
      fields: { mesh, typeUrl, name, nodes, nodeCount },
    });
  }
  for (const { typeUrl, name } of released)
    log({ area: 'publish', text: `${nameOf(mesh)} holds back ${typeName(typeUrl)} ${name} no longer`, fields: { mesh, typeUrl, name } });
}

/** Whoever watches the proxies asks several times a second: only what did not succeed is told of that. */
function isLook({ operation = '', status }: ApiRequestEvent): boolean {
  return OWN_READS.has(operation) && status < 400;
}

function requestText({ method, operation, resource, status, revision, millis, error, cause, requestId }: ApiRequestEvent): string {
  const why = error === undefined ? '' : ` ${error.shape}: ${error.message}`;
  const stack = cause === undefined ? '' : ` [${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}]`;
  const became = revision === undefined ? '' : `, revision ${revision}`;
  const what = resource === undefined ? '' : ` ${resource}`;
  return `${operation ?? method}${what} ${status} in ${millis.toFixed(0)} ms (${requestId})${became}${why}${stack}`;
}

function requestFields({ cause, ...fields }: ApiRequestEvent): Record<string, unknown> {
  return cause === undefined ? fields : { ...fields, cause: String(cause) };
}

function tellPublication(log: Log, known: StandingDiagnostics, { mesh, result, millis }: PublishEvent): void {
  const id = meshId(mesh);
  const say = (text: string, fields: object = {}) =>
    log({ area: 'publish', text: `${mesh.mesh} ${text}`, fields: { mesh: id, ...fields } });
  switch (result.kind) {
    case 'published':
    case 'unchanged': {
      const version = formatVersion(result.version);
      const change = known.take(id, result.diagnostics);
      const { standing, added, resolved, isFirst } = change;
      const { compileMillis } = result;
      // After a start there is nothing to compare with, and all were compiled.
      const changedProxies = result.kind === 'unchanged' ? [] : result.changedProxies;
      const took = `${result.kind} in ${millis.toFixed(0)} ms, ${compileMillis.toFixed(0)} of them compiling`;
      const fields = { version, millis, compileMillis, changedProxies, standing };
      say(`version ${version} ${took}; ${changedText(changedProxies)}${standingText(change)}`, fields);
      tellChanges(log, id, { added, resolved, is: isFirst ? 'standing' : 'new', standing });
      return;
    }
    case 'refused':
      say(
        `version ${formatVersion(result.version)} contradicts itself and is not published, a fault of Meshwright; the last one stays: ${problemsText(result.problems)}`,
      );
      return;
    case 'current':
    case 'unknownMesh':
      return;
  }
}

/** At a start: what is wrong in a mesh of which nothing was published. */
function tellStandingOf(log: Log, known: StandingDiagnostics, mesh: MeshKey, found: StandingFound): void {
  const id = meshId(mesh);
  const say = (text: string, fields: object = {}) =>
    log({ area: 'publish', text: `${mesh.mesh} ${text}`, fields: { mesh: id, ...fields } });
  if ('cause' in found) {
    say(`cannot be looked through, its next publication tells what is wrong in it: ${String(found.cause)}`);
    return;
  }
  // It was published meanwhile, which told the same.
  if (known.knows(id)) return;
  const { standing, added } = known.take(id, found.diagnostics);
  if (standing === 0) return;
  say(`has ${standing} ${standing === 1 ? 'diagnostic' : 'diagnostics'} since before this start`, { standing });
  tellChanges(log, id, { added, resolved: [], is: 'standing', standing });
}

interface Changes extends Pick<StandingChange, 'added' | 'resolved' | 'standing'> {
  /** What those are that came. */
  readonly is: 'standing' | 'new';
}

/** How a mesh stands in the lines of its requests: one search finds all of it. Its owner is in the fields. */
function nameOf(mesh: string): string {
  return mesh.slice(mesh.indexOf('/') + 1);
}

/** As `/v1` tells it. */
function diagnosticFields({ ref, ...rest }: Diagnostic): object {
  return { ...rest, resource: ['mesh', ref.mesh, ...(ref.kind === 'mesh' ? [] : [resourcePath(ref)])].join('/') };
}

function requestLevel({ status }: ApiRequestEvent): LogLevel {
  if (status >= 500) return 'error';
  return status >= 400 ? 'warning' : 'info';
}

/** Each mistake that came or went, on a line of its own. */
function tellChanges(log: Log, mesh: string, { added, resolved, is, standing }: Changes): void {
  const say = (text: string, diagnostic: Diagnostic, became: string) =>
    log({
      area: 'publish',
      level: became === 'resolved' ? 'info' : diagnostic.severity,
      text: `${nameOf(mesh)} ${text}`,
      fields: { mesh, standing, is: became, diagnostic: diagnosticFields(diagnostic) },
    });
  for (const diagnostic of resolved) say(`resolved: ${diagnosticText(diagnostic)}`, diagnostic, 'resolved');
  for (const diagnostic of added) say(diagnosticText(diagnostic), diagnostic, is);
}

function problemsText(problems: readonly Inconsistency[]): string {
  const told = problems.slice(0, MAX_TOLD).map(({ proxy, message }) => (proxy === undefined ? message : `${proxy}: ${message}`));
  return [...told, ...(problems.length > MAX_TOLD ? [`${problems.length - MAX_TOLD} more`] : [])].join('; ');
}

/** Who gets something else than before. */
function changedText(proxies: readonly string[]): string {
  if (proxies.length === 0) return 'no node or gateway gets anything new';
  const more = proxies.length - MAX_TOLD;
  const names = [...proxies.slice(0, MAX_TOLD), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return `${proxies.length === 1 ? '1 node or gateway gets' : `${proxies.length} nodes or gateways get`} something new: ${names}`;
}

/** `; 38 diagnostics stand (1 new, 2 resolved)`; nothing where there is nothing to tell. */
function standingText({ standing, added, resolved, isFirst }: StandingChange): string {
  if (standing + resolved.length === 0) return '';
  const changes = [
    ...(added.length === 0 || isFirst ? [] : [`${added.length} new`]),
    ...(resolved.length === 0 ? [] : [`${resolved.length} resolved`]),
  ];
  return `; ${diagnosticsText(standing)}${changes.length === 0 ? '' : ` (${changes.join(', ')})`}`;
}

function diagnosticsText(standing: number): string {
  return standing === 1 ? '1 diagnostic stands' : `${standing} diagnostics stand`;
}

function statusText(event: ProxyStatusEvent): string {
  if (event.kind === 'snapshotUnreadable')
    return `${nameOf(event.mesh)} cannot be read, the last good version stays in service: ${event.reason}`;
  if (event.kind === 'secretWithheld')
    return `${nameOf(event.mesh)} secret ${event.name} is not sent to those who ask for it: ${event.reason}`;
  const who = `#${event.session} ${event.node.id}`;
  switch (event.kind) {
    case 'connected':
      return `${who} connected from ${event.peer.address}, Envoy ${event.node.envoyVersion || 'of unknown version'}, ${event.protocol}${admissionText(event.admission)}`;
    case 'orphaned':
      return `${who} orphaned, it keeps what it runs: ${missingNode(event.reason)}`;
    case 'found':
      return `${who} exists at version ${event.snapshotVersion}: it is served`;
    case 'ignored':
      return `${who} asked for ${typeName(event.typeUrl)}, ignored: ${event.reason}`;
    case 'gone':
      return `${who} gone: ${event.reason}`;
    case 'sent':
      return `${who} sent ${typeName(event.typeUrl)} of version ${event.snapshotVersion}: ${event.resourceCount} resources, ${event.sizeBytes} bytes`;
    case 'acked':
      // Told of a proxy that reconnected: it has what it would be sent.
      if (event.millis === 0) return `${who} already holds ${typeName(event.typeUrl)} of version ${event.snapshotVersion}, nothing is sent`;
      return `${who} acknowledged ${typeName(event.typeUrl)} of version ${event.snapshotVersion} after ${event.millis.toFixed(0)} ms`;
    case 'tooLarge':
      return `${who} ${event.withheld ? 'is NOT sent' : 'soon takes no more of'} ${typeName(event.typeUrl)} of version ${event.snapshotVersion}: ${event.sizeBytes} bytes, it takes ${event.limitBytes}`;
    case 'rejected':
      return `${who} REJECTED ${typeName(event.typeUrl)} of version ${event.snapshotVersion}: ${event.message}`;
  }
}

function admissionText(admission: Extract<ProxyStatusEvent, { kind: 'connected' }>['admission']): string {
  switch (admission.kind) {
    case 'proxy':
      return '';
    case 'unknown':
      return `; unknown, nothing is sent: ${admission.reason}`;
    case 'refused':
      return `; refused: ${admission.reason}`;
  }
}

/** `type.googleapis.com/envoy.config.cluster.v3.Cluster` → `Cluster`. */
function typeName(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
}

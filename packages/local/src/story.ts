import type { ApiRequestEvent } from '@meshwright/api';
import type { PublishEvent } from '@meshwright/compiler';
import { type Diagnostic, type MeshKey, meshId, resourcePath } from '@meshwright/model';
import type { ProxyStatusEvent } from '@meshwright/relay';
import { formatVersion } from '@meshwright/snapshot';
import type { Log } from './log.ts';
import type { LocalListener } from './server.ts';

/** Tells what a control plane does as a log: requests, publications, and the story of each Envoy. */
export function tellStory(log: Log): Required<LocalListener> {
  return {
    onRequest: (event) => log({ area: 'api', text: requestText(event), fields: requestFields(event) }),
    onPublished: (event) => tellPublication(log, event),
    onPublishFailure: (mesh: MeshKey, cause: unknown) =>
      log({ area: 'publish', text: `${meshId(mesh)} could not be published and is tried again: ${String(cause)}` }),
    onStatus: (event) => log({ area: 'xds', text: statusText(event), fields: { event } }),
  };
}

function requestText({ method, operation, status, millis, error, cause, requestId }: ApiRequestEvent): string {
  const why = error === undefined ? '' : ` ${error.shape}: ${error.message}`;
  const stack = cause === undefined ? '' : ` [${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}]`;
  return `${operation ?? method} ${status} in ${millis.toFixed(0)} ms (${requestId})${why}${stack}`;
}

function requestFields({ cause, ...fields }: ApiRequestEvent): Record<string, unknown> {
  return cause === undefined ? fields : { ...fields, cause: String(cause) };
}

function tellPublication(log: Log, { mesh, result, millis }: PublishEvent): void {
  const id = meshId(mesh);
  const say = (text: string, fields: object = {}) => log({ area: 'publish', text: `${id} ${text}`, fields: { mesh: id, ...fields } });
  switch (result.kind) {
    case 'published':
    case 'unchanged': {
      say(`version ${formatVersion(result.version)} ${result.kind} in ${millis.toFixed(0)} ms`, {
        version: formatVersion(result.version),
        millis,
      });
      for (const diagnostic of result.diagnostics) say(diagnosticText(diagnostic), { diagnostic });
      return;
    }
    case 'refused':
      say(`version ${formatVersion(result.version)} contradicts itself and is not published: ${JSON.stringify(result.problems)}`);
      return;
    case 'current':
    case 'unknownMesh':
      return;
  }
}

function diagnosticText({ severity, code, ref, pointer, message, fix }: Diagnostic): string {
  return `${severity} ${code} in ${resourcePath(ref) || 'mesh'}${pointer}: ${message} ${fix}`;
}

function statusText(event: ProxyStatusEvent): string {
  if (event.kind === 'snapshotUnreadable') return `${event.mesh} cannot be read, the last good version stays in service: ${event.reason}`;
  const who = `#${event.session} ${event.node.id}`;
  switch (event.kind) {
    case 'connected':
      return `${who} connected from ${event.peer.address}, Envoy ${event.node.envoyVersion || 'of unknown version'}, ${event.protocol}${admissionText(event.admission)}`;
    case 'orphaned':
      return `${who} orphaned, it keeps what it runs: ${event.reason}`;
    case 'ignored':
      return `${who} asked for ${typeName(event.typeUrl)}, ignored: ${event.reason}`;
    case 'gone':
      return `${who} gone: ${event.reason}`;
    case 'sent':
      return `${who} sent ${typeName(event.typeUrl)} of version ${event.snapshotVersion}: ${event.resourceCount} resources, ${event.sizeBytes} bytes`;
    case 'acked':
      return `${who} acknowledged ${typeName(event.typeUrl)} of version ${event.snapshotVersion} after ${event.millis.toFixed(0)} ms`;
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

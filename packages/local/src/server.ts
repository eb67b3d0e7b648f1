import { randomUUID } from 'node:crypto';
import type { ApiRequestEvent } from '@meshwright/api';
import type { PublishEvent } from '@meshwright/compiler';
import { type Diagnostic, type Identity, type MeshKey, MeshReplicas, meshId, type Quotas } from '@meshwright/model';
import { type ProxyStatusEvent, ReadinessCheck } from '@meshwright/relay';
import type { HoldLimits, HoldNews } from '@meshwright/snapshot';
import { serveApi } from './apiServer.ts';
import { monotonicClock } from './clock.ts';
import { type LocalFleet, openLocalFleet } from './fleet/localFleet.ts';
import { startHolding } from './holding.ts';
import { localApi } from './localApi.ts';
import { type Measuring, startMeasuring } from './measuring.ts';
import { LastDiagnostics } from './meshDiagnostics.ts';
import { findNotServed, type NotServed } from './notServed.ts';
import { OPERATOR_PATHS, operatorPages } from './operatorPages.ts';
import type { OtlpSettings } from './otlp.ts';
import { createPublishing, type Publishing } from './publishing.ts';
import { serveRelay } from './relayServing.ts';
import { healingSnapshots } from './restoring.ts';
import { type StandingFound, tellStanding } from './standingAtStart.ts';
import { NOTHING_COMPILED, StandingRefusals } from './standingRefusals.ts';
import { openStores, type Stores } from './stores.ts';

/** Nothing outside this machine reaches a server without authentication. */
const HOST = '127.0.0.1';
/** How long Envoys' streams get to end when the server closes; Envoys keep what they run and come again. */
const STREAM_GRACE_MILLIS = 1_000;

/** How long whoever asks whether the relay is ready waits for the heads of the meshes. */
const READING_MILLIS = 2_000;
const SERVICE: OtlpSettings = { serviceName: 'meshwright' };

/** The account and region a local control plane answers for unless told otherwise. */
const DEFAULT_IDENTITY: Identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };

/** What a local control plane tells the outside; nothing of it may throw. */
export interface LocalListener {
  readonly onRequest?: (event: ApiRequestEvent) => void;
  readonly onPublished?: (event: PublishEvent) => void;
  /** What was wrong in a mesh already when the control plane started, where nothing was to be published. */
  readonly onStanding?: (mesh: MeshKey, found: StandingFound) => void;
  /** What proxies refuse of a mesh, `<owner>/<mesh>`, and what is held back for that: all of it, when some of it may have come or gone. */
  readonly onRefused?: (mesh: string, diagnostics: readonly Diagnostic[]) => void;
  /** A mesh could not be published; it is tried again. */
  readonly onPublishFailure?: (mesh: MeshKey, cause: unknown) => void;
  readonly onStatus?: (event: ProxyStatusEvent) => void;
  /** What proxies say could not be written beside the meshes; it is told from memory, and tried again. */
  readonly onStatusFailure?: (cause: unknown) => void;
  /** Content is held back from proxies, for too many refused it; or no longer. */
  readonly onHold?: (news: HoldNews) => void;
  /** A push of metrics failed, with the reason; undefined: the first that arrived (again). */
  readonly onMetricsPush?: (failure: string | undefined) => void;
}

/** Where a local control plane serves and keeps its data. */
export interface LocalOptions extends LocalListener {
  /** 0 picks a free one. */
  readonly apiPort: number;
  /** 0 picks a free one. */
  readonly xdsPort: number;
  /** Made where there is none; used by one process at a time. */
  readonly dataFolder: string;
  /** Account 123456789012, region us-east-1, partition aws unless given. */
  readonly identity?: Partial<Identity>;
  /** How much there may be of each thing; the model's `generous` unless given. */
  readonly quotas?: Quotas;
  /** Days after which a commit leaves a mesh's log, counted back from its newest; LOG_RETENTION_DAYS unless given. */
  readonly logRetentionDays?: number;
  /** How many may refuse content before it is held back from the others; three nodes or a tenth of them unless given. */
  readonly hold?: HoldLimits;
  /** Host names by which the API may be asked, beside those that always lead to this machine. */
  readonly allowedHosts?: readonly string[];
  /** As which service metrics are told, and where they are pushed to; to nowhere unless given. */
  readonly telemetry?: OtlpSettings;
}

/** A running control plane. */
export interface LocalServer {
  readonly apiUrl: string;
  readonly xdsPort: number;
  /** How many meshes of its account there were when it began to serve. */
  readonly meshCount: number;
  /** Meshes of the data folder that were made for another account or region, found at the start. */
  readonly notServed: NotServed;
  /** Ends requests, streams and stores, in this order, within a few seconds; calls after the first wait for the same end. */
  close(): Promise<void>;
}

/**
 * Starts the whole control plane in this process, on the loopback address only; it serves when the promise is kept.
 * @throws StartFailed when a port is taken or the data folder cannot be used; nothing is left open then.
 */
export async function startLocal(options: LocalOptions): Promise<LocalServer> {
  await using opened = new AsyncDisposableStack();
  const identity = { ...DEFAULT_IDENTITY, ...options.identity };
  const measuring = await startMeasuring(options.telemetry ?? SERVICE, (failure) => options.onMetricsPush?.(failure));
  opened.defer(measuring.close);
  const { stores, replicas, diagnostics, fleet, quiet, onPublished } = await openMeshes(options, measuring, opened);
  const { refusals, holding } = followRefusals(options, stores, fleet);
  opened.defer(holding.close);
  const onStatus = (event: ProxyStatusEvent): void => {
    fleet.take(event);
    holding.take(event);
    refusals.take(event);
    measuring.status(event);
    options.onStatus?.(event);
  };
  const snapshots = healingSnapshots({ ...stores, now: Date.now, onPublished });
  const readiness = new ReadinessCheck(snapshots, () => AbortSignal.timeout(READING_MILLIS));
  const { relay, xdsPort } = await serveRelay(
    { snapshots, identity, readiness, onStatus, sessions: fleet.sessions },
    HOST,
    options.xdsPort,
  );
  opened.defer(() => relay.close(STREAM_GRACE_MILLIS));
  opened.defer(() => refusals.close());
  for (const mesh of quiet) refusals.look(meshId(mesh));
  measuring.watchQueue(relay);
  const { quotas, onRequest, allowedHosts = [] } = options;
  const views = { fleet: fleet.view, diagnostics: fleet.withRefusals(diagnostics), pages: OPERATOR_PATHS };
  const answering = localApi({ ...views, store: stores.store, replicas, identity, quotas, ...(onRequest && { onRequest }) });
  const pages = operatorPages({ prometheus: measuring.prometheus, readiness });
  const api = await serveApi(answering, HOST, options.apiPort, { allowedHosts, pages });
  opened.defer(api.close);
  // What is wrong in a mesh that nobody can ask for here is nobody's to mend here.
  const own = quiet.filter(({ owner }) => owner === identity.account);
  const standing = tellStanding(own, diagnostics, (mesh, found) => options.onStanding?.(mesh, found));
  opened.defer(standing.close);
  const meshCount = await stores.store.meshCount(identity.account);
  const notServed = await findNotServed(stores.store, identity);
  return { apiUrl: `http://${HOST}:${api.port}`, xdsPort, meshCount, notServed, close: closeOnce(opened.move()) };
}

/** Tells of what proxies refuse when it comes and when it goes, and holds it back from the others. */
function followRefusals(options: LocalOptions, stores: Stores, fleet: LocalFleet) {
  const onFailure = (cause: unknown): void => options.onStatusFailure?.(cause);
  const refusals = new StandingRefusals({
    view: fleet.withRefusals(NOTHING_COMPILED),
    setTimer: monotonicClock.setTimer,
    tell: (mesh, diagnostics) => options.onRefused?.(mesh, diagnostics),
    onFailure,
  });
  const onNews = (news: HoldNews): void => {
    refusals.held(news);
    options.onHold?.(news);
  };
  return { refusals, holding: startHolding({ ...stores, fleet, limits: options.hold, onNews, onFailure }) };
}

/** Opens the stores and brings what is published up to what is written. */
async function openMeshes(options: LocalOptions, measuring: Measuring, opened: AsyncDisposableStack) {
  let publishing: Publishing | undefined;
  const stores = await openStores(options.dataFolder, {
    onCommit: ({ mesh, generation }) => {
      measuring.committed(mesh, generation);
      publishing?.wake(mesh);
    },
    ...(options.logRetentionDays !== undefined && { logRetentionDays: options.logRetentionDays }),
  });
  opened.defer(() => stores.store.close());
  // One for writing and publishing: each commit is then taken in once.
  const replicas = new MeshReplicas(stores.store);
  const { setTimer } = monotonicClock;
  const diagnostics = new LastDiagnostics({ ...stores, replicas, underWay: (mesh) => publishing?.underWay(mesh), setTimer });
  const fleet = openLocalFleet({
    ...stores,
    relay: `local-${randomUUID().slice(0, 8)}`,
    dataFolder: options.dataFolder,
    now: Date.now,
    setTimer,
    onFailure: (cause) => options.onStatusFailure?.(cause),
  });
  opened.defer(fleet.close);
  const onPublished = (event: PublishEvent): void => {
    diagnostics.published(event);
    fleet.view.published(event.mesh);
    measuring.published(event);
    options.onPublished?.(event);
  };
  const onFailure = (mesh: MeshKey, cause: unknown): void => {
    measuring.publishFailed();
    options.onPublishFailure?.(mesh, cause);
  };
  publishing = createPublishing({ ...stores, replicas, now: Date.now, setTimer, onPublished, onFailure });
  opened.defer(publishing.close);
  // Before any Envoy asks: what is served first is the newest.
  const quiet = await publishing.catchUp();
  return { stores, replicas, diagnostics, fleet, quiet, onPublished };
}

function closeOnce(closing: AsyncDisposableStack): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= closing.disposeAsync();
    return closed;
  };
}

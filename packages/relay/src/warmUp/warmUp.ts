import { adsMethods } from '../ads.ts';
import { createCore, type RelayCore } from '../core.ts';
import type { RelaySettings } from '../settings.ts';
import { AdmissionLine } from '../transport/admissionLine.ts';
import { admitted } from '../transport/admitted.ts';
import type { Timing } from '../transport/deadlines.ts';
import { SocketServer } from '../transport/socketServer.ts';
import type { TlsSource } from '../transport/tls.ts';
import type { Transport, TransportParts } from '../transport/transport.ts';
import { LoopbackProxy } from './loopbackProxy.ts';
import { ADMITTED, MADE_UP_ENDPOINTS, MadeUpMesh } from './madeUpMesh.ts';

/** How a warm-up went. */
export interface WarmUpOutcome {
  /** Streams that got all their resources and a change of them. */
  readonly served: number;
  readonly millis: number;
  /** Why it ended before all were served; absent when all were. The relay serves all the same, its first streams at a higher cost. */
  readonly failure?: string;
}

/** What is warmed up, and within which bounds. */
export interface WarmUpParts extends Timing {
  /** Of the relay; `warmUpStreams` and `warmUpMillis` bound the warm-up itself. */
  readonly settings: RelaySettings;
  readonly random: () => number;
  readonly transportOf: (parts: TransportParts) => Transport;
  readonly tls: Pick<TlsSource, 'read'> | undefined;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * Serves a made-up mesh to proxies of this process, over the transport and with the certificate of the relay. Code that never
 * ran is interpreted: a storm of proxies that meets it cold costs a quarter as much again. Nothing of it is seen by who uses the
 * relay: it has a core, an admission and a port of its own. Never rejects.
 */
export async function warmUp(parts: WarmUpParts): Promise<WarmUpOutcome> {
  const { settings, now, setTimer, signal } = parts;
  const began = now();
  const rehearsal = new Rehearsal(parts);
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  const stop = (): void => end(new Error('the relay is closed'));
  const cancel = setTimer(() => end(new Error(`it took longer than ${settings.warmUpMillis} ms`)), settings.warmUpMillis);
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([rehearsal.run(), ended]);
    return { served: rehearsal.served, millis: now() - began };
  } catch (cause) {
    const failure = cause instanceof Error ? cause.message : String(cause);
    return { served: rehearsal.served, millis: now() - began, failure };
  } finally {
    signal.removeEventListener('abort', stop);
    cancel();
    await rehearsal.end();
  }
}

/** One warm-up: all streams boot, all get a change, all leave. */
class Rehearsal {
  readonly #parts: WarmUpParts;
  readonly #settings: RelaySettings;
  readonly #mesh = new MadeUpMesh();
  readonly #core: RelayCore;
  readonly #admission: AdmissionLine;
  readonly #transport: Transport;
  readonly #proxies: LoopbackProxy[] = [];
  #sockets: SocketServer | undefined;
  #over = false;
  #booted = 0;
  served = 0;

  constructor(parts: WarmUpParts) {
    this.#parts = parts;
    const { now, setTimer, random, transportOf } = parts;
    const { warmUpStreams: streams } = parts.settings;
    // They all come at once, and nobody is to wait in line.
    this.#settings = { ...parts.settings, streamBurst: streams, firstPushes: streams, streamsPerProxy: streams, connections: streams };
    const settings = this.#settings;
    const served = {
      snapshots: this.#mesh,
      endpoints: MADE_UP_ENDPOINTS,
      authenticate: () => ADMITTED,
      onStatus: () => {},
    };
    this.#core = createCore({ ...served, now, setTimer, settings }, (resume) => setImmediate(resume));
    this.#admission = new AdmissionLine(settings, { now, setTimer });
    const methods = adsMethods(this.#core).map((method) => admitted(method, this.#admission));
    this.#transport = transportOf({ methods, settings, now, setTimer, random });
  }

  /** Resolves when all were served. @throws Error when one cannot be. */
  async run(): Promise<void> {
    const material = await this.#parts.tls?.read();
    // Clients of the relay show certificates that the relay has none of: the check of them is left out.
    const tls = material && { certificate: material.certificate, key: material.key };
    if (this.#over) return;
    const { connections } = this.#settings;
    this.#sockets = new SocketServer({ connections, tls }, (connection) => this.#transport.serve(connection));
    const { port } = await this.#sockets.listen('127.0.0.1:0');
    await this.#serveAll(port, tls !== undefined);
  }

  async end(): Promise<void> {
    this.#over = true;
    for (const proxy of this.#proxies) proxy.leave();
    this.#transport.stop();
    const closed = this.#sockets?.close();
    this.#sockets?.destroy();
    this.#admission.stop();
    this.#core.stop();
    await closed;
  }

  async #serveAll(port: number, isSecure: boolean): Promise<void> {
    const { promise: done, resolve, reject: failed } = Promise.withResolvers<void>();
    const { warmUpStreams: streams } = this.#settings;
    const routed = (times: number): void => {
      if (times === 1) this.#booted += 1;
      else this.served += 1;
      if (times === 1 && this.#booted === streams) this.#mesh.change();
      if (this.served === streams) resolve();
    };
    for (let proxy = 0; proxy < streams && !this.#over; proxy += 1) {
      this.#proxies.push(new LoopbackProxy({ port, isSecure, routed, failed }));
    }
    await done;
  }
}

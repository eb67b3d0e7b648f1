import { adsMethods } from './ads.ts';
import { createCore } from './core.ts';
import { csdsMethods } from './csds.ts';
import { Health } from './health.ts';
import type { ReadinessCheck } from './readiness.ts';
import type { RelayParts } from './relayParts.ts';
import type { RelaySettings } from './settings.ts';
import { AdmissionLine } from './transport/admissionLine.ts';
import { admitted } from './transport/admitted.ts';
import { GrpcJsTransport } from './transport/grpcJs/grpcJsTransport.ts';
import { Http2Transport } from './transport/http2/http2Transport.ts';
import { Listening } from './transport/listening.ts';
import type { TlsSource } from './transport/tls.ts';
import type { Transport, TransportParts } from './transport/transport.ts';
import { type WarmUpOutcome, warmUp } from './warmUp/warmUp.ts';
import { WhenReady } from './whenReady.ts';

/** An ADS server: state of the world and delta, over gRPC. */
export interface Relay {
  /**
   * Warms up, then listens: whoever takes an open port for a relay that is ready sends it nobody before.
   * @param address `host:port` or `unix:/path`; port 0 picks a free one (the answer has port 0 for a unix path).
   * @throws Error when the address cannot be listened on, when TLS has no usable certificate, and when the relay was closed meanwhile.
   */
  listen(address: string): Promise<{ readonly port: number }>;
  /** Streams that wait for their turn to be looked at, for metrics: far above 0 for long, the relay has more to do than it can. */
  readonly queueLength: number;
  /**
   * Takes no new connection, and ends the streams of those open with status OK.
   * @param graceMillis milliseconds a connection gets to finish after that.
   * @param spreadMillis milliseconds over which they are ended, so that not all proxies reconnect at once; none by default.
   */
  close(graceMillis: number, spreadMillis?: number): Promise<void>;
}

/** How a relay is reached. */
export interface Serving {
  /** From 0 up to 1; spreads what would otherwise happen at once. */
  readonly random: () => number;
  /** Who speaks HTTP/2: Node itself, or grpc-js on top of it; `http2`. */
  readonly transport?: TransportName;
  /** Turns TLS on. */
  readonly tls?: TlsSource;
  /** What gRPC health waits for before it says SERVING; without it that is said at once. */
  readonly readiness?: Pick<ReadinessCheck, 'check'>;
  /** Told how the warm-up went, for the log; not called without one. Nothing depends on it. */
  readonly onWarmUp?: (outcome: WarmUpOutcome) => void;
}

/** The transports there are. */
export type TransportName = 'http2' | 'grpc-js';

/** Creates a relay that serves every mesh of `snapshots` to the proxies that `authenticate` admits. */
export function createRelay(parts: RelayParts, serving: Serving): Relay {
  const core = createCore(parts, (resume) => setImmediate(resume));
  const { settings } = core;
  const { now, setTimer, sessions, authenticate } = parts;
  const admission = new AdmissionLine(settings, { now, setTimer });
  const clientStatus = sessions === undefined ? [] : csdsMethods({ sessions, authenticate });
  const services = [...adsMethods(core).map((method) => admitted(method, admission)), ...clientStatus];
  const health = new Health(services.map(({ path }) => path));
  const transport = transportOf(serving, { methods: [...services, ...health.methods], settings, now, setTimer, random: serving.random });
  const listening = new Listening({
    settings,
    now,
    setTimer,
    tls: serving.tls,
    serve: (connection) => transport.serve(connection),
  });
  const whenReady = new WhenReady(serving.readiness, { settings, setTimer }, () => {
    health.serving = true;
  });
  const closing = new AbortController();
  return {
    get queueLength() {
      return core.queueLength;
    },
    async listen(address) {
      await warmedUp(parts, serving, settings, closing.signal);
      closing.signal.throwIfAborted();
      const bound = await listening.listen(address);
      void whenReady.wait();
      return bound;
    },
    async close(graceMillis, spreadMillis = 0) {
      closing.abort(new Error('the relay was closed before it listened'));
      whenReady.stop();
      health.serving = false;
      const { promise: grace, resolve } = Promise.withResolvers<void>();
      const cancel = setTimer(resolve, spreadMillis + graceMillis);
      const ended = listening.close();
      transport.drain(spreadMillis);
      await Promise.race([ended, grace]);
      cancel();
      listening.destroy();
      transport.stop();
      admission.stop();
      core.stop();
    },
  };
}

async function warmedUp({ now, setTimer }: RelayParts, serving: Serving, settings: RelaySettings, signal: AbortSignal): Promise<void> {
  if (settings.warmUpStreams === 0) return;
  const { random, tls, onWarmUp } = serving;
  const own = (transportParts: TransportParts): Transport => transportOf(serving, transportParts);
  onWarmUp?.(await warmUp({ settings, now, setTimer, random, tls, signal, transportOf: own }));
}

function transportOf({ transport = 'http2' }: Serving, parts: TransportParts): Transport {
  return transport === 'http2' ? new Http2Transport(parts) : new GrpcJsTransport(parts);
}

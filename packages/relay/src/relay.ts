import type { SnapshotStore } from '@meshwright/snapshot';
import { createCore } from './core.ts';
import { GrpcTransport } from './grpc.ts';
import type { Authenticate, EndpointSource, ProxyStatusEvent } from './ports.ts';
import type { RelaySettings } from './settings.ts';

/** What a relay is made of; everything it knows of time and of the outside comes in here. */
export interface RelayParts {
  readonly snapshots: SnapshotStore;
  readonly endpoints: EndpointSource;
  readonly authenticate: Authenticate;
  /** Called for everything that happens to a stream; must not throw. */
  readonly onStatus: (event: ProxyStatusEvent) => void;
  /** Milliseconds that only rise; a wall clock will do. */
  readonly now: () => number;
  /** Calls back once after `millis`, unless the returned function was called before. */
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly settings?: Partial<RelaySettings>;
}

/** An ADS server: state of the world and delta, over gRPC. */
export interface Relay {
  /** @param address `host:port` or `unix:/path`; port 0 picks a free one (the answer has port 0 for a unix path). */
  listen(address: string): Promise<{ readonly port: number }>;
  /** Takes no new stream, ends those open with status OK. @param graceMillis milliseconds connections get to finish. */
  close(graceMillis: number): Promise<void>;
}

/** Creates a relay that serves every mesh of `snapshots` to the proxies that `authenticate` admits. */
export function createRelay(parts: RelayParts): Relay {
  const core = createCore(parts, (resume) => setImmediate(resume));
  const transport = new GrpcTransport(core);
  return {
    listen: (address) => transport.listen(address),
    async close(graceMillis) {
      const { promise: grace, resolve } = Promise.withResolvers<void>();
      const cancel = parts.setTimer(resolve, graceMillis);
      await transport.close(grace, graceMillis);
      cancel();
      core.stop();
    },
  };
}

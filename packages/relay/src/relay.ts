import { adsMethods } from './ads.ts';
import { createCore } from './core.ts';
import { GrpcTransport } from './grpc.ts';
import type { RelayParts } from './relayParts.ts';

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
  const transport = new GrpcTransport(adsMethods(core), core.settings);
  return {
    listen: (address) => transport.listen(address),
    async close(graceMillis) {
      const { promise: grace, resolve } = Promise.withResolvers<void>();
      const cancel = parts.setTimer(resolve, graceMillis);
      const closed = transport.close(grace, graceMillis);
      core.recycle('the relay is shutting down');
      await closed;
      cancel();
      core.stop();
    },
  };
}

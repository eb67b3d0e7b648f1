import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import type { SnapshotStore } from '@meshwright/snapshot';
import { envoyBinary } from '../setup/parts.ts';
import { type EnvoyProcess, startEnvoy } from './envoyProcess.ts';
import { encodedAssignment, type HandMade, handMadeSnapshot, PROXY } from './handMadeMesh.ts';
import { type EventLog, publish, startRelay, TestEndpoints } from './relayUnderTest.ts';

/** Where snapshots are published, and where the relay reads them: the same place, perhaps by another way. */
export interface Stores {
  readonly published: SnapshotStore;
  readonly served: SnapshotStore;
}

const TYPES = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];

/** Whether all of these types of a version were acknowledged. */
export const acked =
  (types: readonly string[], version: number) =>
  (log: EventLog): boolean =>
    types.every((type) =>
      log.ofKind('acked').some(({ typeUrl, snapshotVersion }) => typeUrl === type && snapshotVersion === `1.${version}.1`),
    );

/** A relay, a real Envoy on it, and two applications behind: `fixed` and `discovered`, by the clusters that lead there. */
export interface EnvoyOnRelay extends AsyncDisposable {
  readonly envoy: EnvoyProcess;
  readonly fixedPort: number;
  /** Sets the applications that the cluster `discovered` leads to: by default the one of that name. */
  discover(...ports: readonly number[]): void;
  readonly discoveredPort: number;
  readonly xdsPort: number;
  /** Of the relay that was started first. */
  readonly log: EventLog;
  put(made: HandMade): Promise<void>;
  /** Ends the relay, has something done while there is none, starts another at its address; answers its log. */
  restartRelay(meanwhile?: () => Promise<void>): Promise<EventLog>;
  /** Asks the listener and answers who answered. */
  call(): Promise<string>;
}

/** Starts everything, with snapshots in memory unless told; resolves when Envoy has acknowledged all four types, or with `isWarming` while it waits for endpoints. */
export async function startEnvoyOnRelay(
  protocol: 'sotw' | 'delta',
  { isWarming = false, stores = inMemory() }: { readonly isWarming?: boolean; readonly stores?: Stores } = {},
): Promise<EnvoyOnRelay> {
  await using opened = new AsyncDisposableStack();
  const [fixedPort, discoveredPort] = [await startApp('fixed', opened), await startApp('discovered', opened)];
  const { published, served: snapshots } = stores;
  const endpoints = new TestEndpoints();
  if (!isWarming) endpoints.set('discovered', encodedAssignment('discovered', discoveredPort));
  const put = (made: HandMade): Promise<void> => publish(published, handMadeSnapshot(made));
  await put({ n: 1, fixedPort, routeTo: 'fixed' });
  const started = await startRelay({ snapshots, endpoints, ...(isWarming && { settings: { endpointWaitMillis: 3_600_000 } }) });
  let { relay } = started;
  opened.defer(() => relay.close(1_000));
  const envoy = await startEnvoy(await envoyBinary(), { nodeId: PROXY, xdsPort: started.port, protocol });
  opened.defer(() => envoy.stop());
  await started.log.until('what can be acknowledged', acked(isWarming ? [CLUSTER_TYPE] : TYPES, 1));
  const all = opened.move();
  return {
    envoy,
    fixedPort,
    discover: (...ports) => endpoints.set('discovered', encodedAssignment('discovered', ...ports)),
    discoveredPort,
    xdsPort: started.port,
    log: started.log,
    put,
    async restartRelay(meanwhile) {
      await relay.close(1_000);
      await meanwhile?.();
      const again = await startRelay({ snapshots, endpoints, port: started.port });
      ({ relay } = again);
      return again.log;
    },
    call: async () => (await fetch(`http://${await envoy.listenerAddress('in')}/`)).text(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function inMemory(): Stores {
  const snapshots = new MemorySnapshots();
  return { published: snapshots, served: snapshots };
}

/** Starts an application that answers every request with its name, until `opened` is disposed of; answers its port. */
export async function startApp(answer: string, opened: AsyncDisposableStack): Promise<number> {
  const app: Server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1');
  await once(app, 'listening');
  opened.defer(() => {
    app.closeAllConnections();
    app.close();
  });
  return (app.address() as AddressInfo).port;
}

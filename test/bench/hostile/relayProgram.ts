// The relay that is attacked, in a process of its own: prints its port as soon as it serves, publishes a version whenever it gets a
// message, a NextVersion, ends with its parent.
import { MemorySnapshots } from '@meshwright/local';
import { createRelay } from '@meshwright/relay';
import { handMadeSnapshot, MESH } from '../../relay/handMadeMesh.ts';
import { publish } from '../../relay/relayUnderTest.ts';

/** The version to be published: one cluster differs from the one before. */
export interface NextVersion {
  readonly n: number;
}

const snapshots = new MemorySnapshots();
const put = (n: number): Promise<void> => publish(snapshots, handMadeSnapshot({ n, fixedPort: n, routeTo: 'fixed' }));
await put(1);
const relay = createRelay(
  {
    snapshots,
    endpoints: { current: () => undefined, subscribe: () => () => {} },
    authenticate: (_peer, { id }) => ({ kind: 'proxy', mesh: MESH, proxy: id }),
    onStatus: () => {},
    now: () => performance.now(),
    setTimer: (callback, millis) => {
      const timer = setTimeout(callback, millis);
      return () => clearTimeout(timer);
    },
  },
  { random: Math.random },
);
const { port } = await relay.listen('127.0.0.1:0');
process.on('message', (message) => void put((message as NextVersion).n));
process.once('disconnect', () => process.exit());
process.stdout.write(`${port}\n`);

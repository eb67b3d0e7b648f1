// node abandoned.ts ENVOY IPTABLES   Builds a topology, says so, and waits to be killed: what is left of it is the test's business.
import { redirectBootstrap } from './redirectBootstrap.ts';
import { createTopology } from './topology.ts';

const [envoyBinary = '', iptables = ''] = process.argv.slice(2);
const topology = await createTopology({ envoyBinary, iptables });
await topology.startEnvoy('a', redirectBootstrap()).ready();
process.stdout.write('up\n');

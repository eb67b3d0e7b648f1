// node app.ts NAME   The workload of a virtual node: on one port for each protocol it says who answered and what reached it.
import { serveCalls } from './app/grpc.ts';
import { serveHttp } from './app/http.ts';
import { Script } from './app/script.ts';
import { serveSecret } from './app/secret.ts';
import { serveBytes } from './app/tcp.ts';
import { PORTS, SECRET_PORT } from './network.ts';

const [app = ''] = process.argv.slice(2);
const script = new Script();
await Promise.all([
  ...serveHttp(app, PORTS, script),
  serveCalls(app, PORTS.grpc, script),
  serveBytes(app, PORTS.tcp),
  serveSecret(app, SECRET_PORT),
]);
process.stdout.write('ready\n');

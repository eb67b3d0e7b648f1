// node app.ts NAME PORT   A service that says who answered: header `x-app`, body JSON with what reached it.
import { createServer } from 'node:http';

const [app = '', port = ''] = process.argv.slice(2);
const server = createServer((request, response) => {
  response.setHeader('x-app', app);
  response.end(`${JSON.stringify({ app, host: request.headers.host, path: request.url, headers: request.headers })}\n`);
});
// Node closes idle connections after 5 s, and Envoy may send on one at that very moment: no fault of the mesh, so not in this test.
server.keepAliveTimeout = 0;
// Every address of its namespace, loopback included: the ingress cluster dials 127.0.0.1.
server.listen(Number(port), () => process.stdout.write('ready\n'));

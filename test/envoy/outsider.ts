// node outsider.ts HTTP_PORT HTTP2_PORT   A host that is none of the mesh's: HTTP/1.1 on one port, HTTP/2 in plain text on the other.
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';

const [httpPort = '', http2Port = ''] = process.argv.slice(2);
const headers = { 'x-app': 'outsider' };
const servers = [
  createServer((_request, response) => response.writeHead(200, headers).end()).listen(Number(httpPort), '::'),
  createHttp2Server((_request, response) => response.writeHead(200, headers).end()).listen(Number(http2Port), '::'),
];
await Promise.all(servers.map((server) => new Promise((listening) => server.once('listening', listening))));
process.stdout.write('ready\n');

// node hub.ts ADDRESS XDS_PORT ZONE   The hub's one process: name server, and the way from the bridge to the control plane, which listens on loopback only.
import { connect, createServer } from 'node:net';
import { serveDns, type Zone } from './dns.ts';

function forward(address: string, port: number): Promise<void> {
  const server = createServer((inside) => {
    const outside = connect(port, '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    // No control plane, or one that was killed: the proxy sees its connection end and tries again by its own rules.
    for (const socket of [inside, outside])
      socket
        .on('error', () => {})
        .on('close', () => {
          inside.destroy();
          outside.destroy();
        });
  });
  return new Promise((listening) => server.listen(port, address, () => listening()));
}

const [address = '', xdsPort = '', zone = '{}'] = process.argv.slice(2);
await Promise.all([serveDns(address, JSON.parse(zone) as Zone), forward(address, Number(xdsPort))]);
process.stdout.write('ready\n');

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

const PING = 6;
const GOAWAY = 7;
/** @see https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const PREFACE_BYTES = 24;
const HEADER_BYTES = 9;

/** A way to a relay that counts what HTTP/2 says beside requests and answers, and that may lead elsewhere at any time. */
export interface Forwarder extends AsyncDisposable {
  readonly port: number;
  /** PING frames of clients so far, without their answers to those of the relay. */
  pings(): number;
  /** GOAWAY frames of the relay so far. */
  goAways(): number;
  /** Connections so far. */
  connections(): number;
  /** Leads there from now on; connections that led elsewhere are cut. */
  lead(target: NetConnectOpts): void;
}

/** Starts one on a free port of the loopback address. */
export async function startForwarder(target: NetConnectOpts): Promise<Forwarder> {
  const counts = { pings: 0, goAways: 0, connections: 0 };
  const open = new Set<Socket>();
  let current = target;
  const server = createServer((inside) => {
    counts.connections += 1;
    const outside = connect(current);
    inside.pipe(outside).pipe(inside);
    inside.on(
      'data',
      frames(PREFACE_BYTES, (type, flags) => {
        if (type === PING && (flags & 1) === 0) counts.pings += 1;
      }),
    );
    outside.on(
      'data',
      frames(0, (type) => {
        if (type === GOAWAY) counts.goAways += 1;
      }),
    );
    for (const socket of [inside, outside]) {
      open.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          open.delete(socket);
          inside.destroy();
          outside.destroy();
        });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    pings: () => counts.pings,
    goAways: () => counts.goAways,
    connections: () => counts.connections,
    lead(next) {
      current = next;
      cut();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

/** Tells the type and flags of each frame in bytes that come in pieces, after so many that are none. */
function frames(skippedBytes: number, tell: (type: number, flags: number) => void): (chunk: Buffer) => void {
  let skip = skippedBytes;
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const skipped = Math.min(skip, rest.length);
      rest = rest.subarray(skipped);
      skip -= skipped;
      if (skip > 0 || rest.length < HEADER_BYTES) return;
      tell(rest.readUInt8(3), rest.readUInt8(4));
      skip = HEADER_BYTES + rest.readUIntBE(0, 3);
    }
  };
}

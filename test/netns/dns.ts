import { createSocket } from 'node:dgram';
import { createServer, isIPv4, isIPv6 } from 'node:net';

/** Names, in lower case, and their addresses. */
export type Zone = Readonly<Record<string, readonly string[]>>;

const A = 1;
const AAAA = 28;
const HEADER_BYTES = 12;
const AUTHORITATIVE_ANSWER = 0x8580;
const NXDOMAIN = 3;
const TTL_SECONDS = 1;

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = [], tail] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups = tail === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function question(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length !== 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/**
 * Answers one DNS query. A known name without the asked type is NOERROR and empty, because Envoy asks AAAA before A;
 * an unknown name is NXDOMAIN.
 */
export function answerQuery(query: Buffer, zone: Zone): Buffer {
  const { name, type, end } = question(query);
  const known = zone[name];
  const wanted = (known ?? []).filter((address) => (type === AAAA ? isIPv6(address) : type === A && isIPv4(address)));
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(known === undefined ? AUTHORITATIVE_ANSWER | NXDOMAIN : AUTHORITATIVE_ANSWER, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(wanted.length, 6);
  const rows = wanted.map((address) => {
    const data = addressBytes(address);
    const row = Buffer.alloc(12);
    row.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // the name is the question's
    row.writeUInt16BE(type, 2);
    row.writeUInt16BE(1, 4);
    row.writeUInt32BE(TTL_SECONDS, 6);
    row.writeUInt16BE(data.length, 10);
    return Buffer.concat([row, data]);
  });
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...rows]);
}

/** Serves the zone on port 53 of `address`, by UDP and TCP, one query per message; resolves when both listen. */
export async function serveDns(address: string, zone: Zone): Promise<void> {
  const udp = createSocket('udp4', (query, peer) => udp.send(answerQuery(query, zone), peer.port, peer.address));
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (message) => {
      const answer = answerQuery(message.subarray(2), zone);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.end(Buffer.concat([length, answer]));
    });
  });
  await Promise.all([
    new Promise<void>((listening) => udp.bind(53, address, () => listening())),
    new Promise<void>((listening) => tcp.listen(53, address, () => listening())),
  ]);
}

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** @see https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 0x81;
const CLOSE = 0x88;

/** Accepts a WebSocket, says who answered and on which path, then says every text back until the client closes; texts of up to 125 bytes. */
export function speakWebSocket(app: string, { headers, url }: IncomingMessage, socket: Duplex): void {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${MAGIC}`).digest('base64');
  socket.on('error', () => socket.destroy());
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nx-app: ${app}\r\n\r\n`,
  );
  const say = (opcode: number, payload: Buffer) => socket.write(Buffer.concat([Buffer.from([opcode, payload.length]), payload]));
  say(TEXT, Buffer.from(`${app} ${url}`));
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let frame = firstFrame(received); frame !== undefined; frame = firstFrame(received)) {
      received = received.subarray(frame.end);
      say(frame.opcode, frame.payload);
      if (frame.opcode === CLOSE) socket.end();
    }
  });
}

/** A client's frames are masked. */
function firstFrame(received: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly end: number } | undefined {
  const length = received.length < 2 ? 0 : received.readUInt8(1) & 0x7f;
  const end = 6 + length;
  if (received.length < end) return undefined;
  const mask = received.subarray(2, 6);
  const payload = Buffer.from(received.subarray(6, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { opcode: received.readUInt8(0), payload, end };
}

import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Api, ServerRefusal } from '@meshwright/api';
import { shown } from '@meshwright/model';

/** A refused client gets this long to read why before its connection is cut: cut at once, what it still sends would reset it. */
const LINGER_MILLIS = 500;

/** A host name or address and an optional port; empty is allowed. */
const HOST = /^(?<name>\[[\da-f:.]+\]|[\w.-]*)(?::\d{0,5})?$/i;

/** Names that lead to this machine wherever they are resolved, and none. */
const LOOPBACK = /^(?:localhost|(?:[\w-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\]|)$/;

/** What Node's HTTP parser says when it gives up, beside the reason it has for most. */
interface ParserError extends Error {
  readonly code?: string;
  readonly reason?: string;
  readonly rawPacket?: Buffer;
}

/** The last request that began on a connection, and its answer. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Answers what Node refuses by itself, or would answer without a body, in the API's own form; no connection is left hanging. */
export function answerRefusals(server: Server, api: Api): void {
  const exchanges = new WeakMap<Duplex, Exchange>();
  const refused = new WeakSet<Duplex>();
  server.on('request', (incoming, outgoing) => exchanges.set(incoming.socket, { incoming, outgoing }));
  server.on('clientError', (error, socket) => {
    // What comes after it is refused again and again, for as long as the client sends.
    if (refused.has(socket)) return;
    refused.add(socket);
    if (isUnused(socket)) socket.destroy();
    else whenItsTurn(socket, exchanges.get(socket), () => refuseOn(socket, api, parserRefusal(error)));
  });
  server.on('connect', ({ method }, socket) => {
    const fix = 'Point the client at this endpoint itself, not at a proxy.';
    refuseOn(socket, api, { status: 405, method, message: `CONNECT asks for a tunnel, and this server opens none. ${fix}` });
  });
  server.on('checkExpectation', ({ method, headers }, outgoing) => {
    const message = `The header Expect is ${shown(headers.expect)}; only "100-continue" can be met. Leave it out.`;
    sendRefusal(outgoing, api.refuse({ status: 417, message, method }));
  });
}

/**
 * Why a request's Host header cannot be right (RFC 9112, section 3.2), or is not one of this server's names; undefined when it is.
 * A web page may have its own name lead to this machine and then ask what it likes (DNS rebinding); its name gives it away.
 * @param allowed names beside those that always lead to this machine, in lower case.
 */
export function hostFault({ httpVersion, rawHeaders }: IncomingMessage, allowed: ReadonlySet<string>): ServerRefusal | undefined {
  const hosts = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  if (hosts.length > 1) return { status: 400, message: `The header Host is given ${hosts.length} times. Send it once.` };
  const [host] = hosts;
  if (host === undefined) {
    if (httpVersion === '1.0') return undefined;
    return { status: 400, message: 'The header Host is missing, which HTTP/1.1 requires. Send the host and port of the endpoint URL.' };
  }
  const name = HOST.exec(host)?.groups?.name?.toLowerCase().replace(/\.$/, '');
  if (name === undefined) {
    const message = `The header Host is ${shown(host)}, which is no host with an optional port. Send those of the endpoint URL.`;
    return { status: 400, message };
  }
  if (LOOPBACK.test(name) || allowed.has(name)) return undefined;
  const fix = 'Use 127.0.0.1 or localhost in the endpoint URL, or start with --allow-host and this name.';
  return { status: 400, message: `The header Host is ${shown(host)}, which is not a name of this server. ${fix}` };
}

/** Sends a refusal in the place of an answer and closes the connection: what else comes on it is not read. */
export async function sendRefusal(outgoing: ServerResponse, refusal: Response): Promise<void> {
  const body = await refusal.text();
  outgoing.writeHead(refusal.status, {
    ...Object.fromEntries(refusal.headers),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  outgoing.end(body);
}

/**
 * Whether nothing ever came on this connection, as when a client opens one in reserve. An answer to no request would be taken for the
 * answer to the first one, should that be sent just now; a connection that is merely closed is one more to open.
 */
function isUnused(socket: Duplex): boolean {
  return socket instanceof Socket && socket.bytesRead === 0;
}

/** Runs `refuse` when the client would take what is written for the answer to what was refused, or cuts the connection where it never would. */
function whenItsTurn(socket: Duplex, exchange: Exchange | undefined, refuse: () => void): void {
  const { incoming, outgoing } = exchange ?? {};
  if (incoming === undefined || outgoing === undefined || (incoming.complete && outgoing.writableFinished)) {
    refuse();
    return;
  }
  if (incoming.complete) {
    outgoing.once('finish', refuse);
    return;
  }
  // The body of a request that is under way broke.
  if (outgoing.headersSent) socket.destroy();
  else refuse();
}

async function refuseOn(socket: Duplex, api: Api, refusal: ServerRefusal): Promise<void> {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // A client that is gone by now is of no interest.
  socket.on('error', () => socket.destroy());
  const response = api.refuse(refusal);
  const body = await response.text();
  const headers = [...response.headers, ['content-length', `${Buffer.byteLength(body)}`], ['connection', 'close']];
  const head = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MILLIS).unref();
}

function parserRefusal({ code, reason, message, rawPacket }: ParserError): ServerRefusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, message: 'The request line and headers have more than 16384 bytes (16 KiB). Send fewer or shorter headers.' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'The chunks of the body have more than 16384 bytes (16 KiB) of extensions. Send chunks without any.' };
    case 'HPE_INVALID_EOF_STATE':
      return { status: 400, message: 'The connection ended before the whole request had come. Send it again.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, message: 'The request did not come whole within the time it has. Send it again, in one go.' };
  }
  // The first byte of a TLS handshake.
  if (rawPacket?.[0] === 0x16) {
    return { status: 400, message: 'The request begins as TLS does, but this port speaks plain HTTP. Use http:// in the endpoint URL.' };
  }
  if (rawPacket?.toString('latin1', 0, 4) === 'PRI ') {
    return { status: 400, message: 'The request begins as HTTP/2 does, but this port speaks HTTP/1.1. Let the client use that.' };
  }
  return {
    status: 400,
    message: `The request is not HTTP/1.1: ${reason ?? message}. Check the client, and what stands between it and here.`,
  };
}

import type { OutgoingHttpHeaders } from 'node:http2';
import type { EndStatus } from '../../outlet.ts';

/** gRPC's numbers. @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const STATUS: Readonly<Record<EndStatus, number>> = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
};

/** Most bytes of a text in trailers: a client's header limit, 8 KiB with many, must not turn the status into an error of its own. */
const MOST_TEXT_BYTES = 2_048;
const PRINTABLE_FROM = 0x20;
const PRINTABLE_TO = 0x7e;
const PERCENT = 0x25;

/** The trailers that end a call. */
export function trailersOf(status: EndStatus, detail: string): OutgoingHttpHeaders {
  const code = { 'grpc-status': STATUS[status] };
  return status === 'ok' || detail === '' ? code : { ...code, 'grpc-message': percentEncoded(detail) };
}

/** UTF-8 with everything that is not printable ASCII, and `%`, as `%XX`, as gRPC over HTTP/2 has it; cut between characters. */
export function percentEncoded(text: string): string {
  const parts: string[] = [];
  let size = 0;
  for (const character of text) {
    const encoded = Array.from(Buffer.from(character), encodedByte).join('');
    size += encoded.length;
    if (size > MOST_TEXT_BYTES) break;
    parts.push(encoded);
  }
  return parts.join('');
}

function encodedByte(byte: number): string {
  const plain = byte >= PRINTABLE_FROM && byte <= PRINTABLE_TO && byte !== PERCENT;
  return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

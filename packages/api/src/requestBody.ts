import { MeshError, shown } from '@meshwright/model';
import { type JsonObject, type JsonValue, readStrictJson } from './strictJson.ts';

/** Most bytes of one body: an App Mesh spec at all its limits is far below. */
const MAX_BODY_BYTES = 256 * 1024;

/** Most bytes of names and values in the header block; Node's own limit is the same. */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Refuses a header block past 16 KiB; some adapters in front have no such limit of their own.
 * @throws MeshError `BadRequest`.
 */
export function checkHeaderBytes(headers: Headers): void {
  let bytes = 0;
  let longest = { name: '', length: 0 };
  for (const [name, value] of headers) {
    // 4 = the colon, the space and the line end of each header on the wire.
    const length = name.length + value.length + 4;
    bytes += length;
    if (length > longest.length) longest = { name, length };
  }
  if (bytes <= MAX_HEADER_BYTES) return;
  throw new MeshError(
    'BadRequest',
    `The request's headers have ${bytes} bytes, ${shown(longest.name)} alone ${longest.length}; at most ${MAX_HEADER_BYTES} are read. Send fewer or shorter headers.`,
  );
}

/**
 * The body as a JSON object; no body means an empty one, as restJson1 has it. Members that are null are absent.
 * @throws MeshError `BadRequest` when it is encoded, larger than 256 KiB (found while reading), not UTF-8, not strict JSON or not an object.
 */
export async function readJsonBody(request: Request): Promise<JsonObject> {
  refuseEncoded(request.headers);
  const text = decodeUtf8(await readBytes(request));
  if (text.trim() === '') return {};
  const body = readStrictJson(text);
  if (!isObject(body))
    throw new MeshError(
      'BadRequest',
      `The request body is ${shown(body)}, not a JSON object. Send { … } with the members of the operation.`,
    );
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

function refuseEncoded(headers: Headers): void {
  for (const header of ['Content-Encoding', 'Transfer-Encoding']) {
    const encoding = headers.get(header);
    // Chunks are what the server takes apart; the rest of a list such as `gzip, chunked` it leaves as it came.
    if (encoding === null || (header === 'Transfer-Encoding' && encoding.toLowerCase() === 'chunked')) continue;
    throw new MeshError(
      'BadRequest',
      `The body has ${header} ${shown(encoding)}; encoded bodies are not read. Send plain JSON without that header.`,
    );
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  // Before the body is touched: a server can skip a body nobody began to read and keep the connection.
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await nextChunk(reader);
    if (done || value === undefined) return Buffer.concat(chunks, size);
    size += value.byteLength;
    // Not cancelled: on Node that closes the connection, and the caller would never read why.
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(value);
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> {
  try {
    return await reader.read();
  } catch (cause) {
    throw new MeshError('BadRequest', 'The connection ended before the whole body had come. Send the request again.', { cause });
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MeshError('BadRequest', 'The request body is not UTF-8. Send JSON encoded as UTF-8.', { cause });
  }
}

function tooLarge(): MeshError {
  return new MeshError(
    'BadRequest',
    `The request body has more than ${MAX_BODY_BYTES} bytes (256 KiB), the most that is read. Send a smaller spec.`,
  );
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

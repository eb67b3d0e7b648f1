import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { folderName, MAX_OBJECT_BYTES, type PackedFile, SnapshotsUnavailable, SnapshotUnreadable } from '@meshwright/snapshot';

// What S3 answers to a write of a new object: there is one of that name; or another write of it is under way, try again.
const TAKEN = 412;
const CONFLICT = 409;
const CONFLICT_TRIES = 5;

/** Where version objects lie in S3. */
export interface VersionObjectsOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** In front of every object's name. */
  readonly prefix: string;
  /** Most bytes of an object that are read; MAX_OBJECT_BYTES unless told. */
  readonly maxBytes?: number;
}

/** The immutable objects that hold one version of a mesh each, named `<prefix><mesh's folder>/<key>.snapshot`. */
export class VersionObjects {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #maxBytes: number;

  constructor({ s3, bucket, prefix, maxBytes = MAX_OBJECT_BYTES }: VersionObjectsOptions) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#maxBytes = maxBytes;
  }

  /**
   * @throws SnapshotUnreadable when there is no such object, or it is larger than a reader takes; SnapshotsUnavailable when the
   * answer breaks off; else what the client throws.
   */
  async read(mesh: string, key: string): Promise<Uint8Array> {
    try {
      const { Body, ContentLength } = await this.#s3.send(new GetObjectCommand(this.#at(mesh, key)));
      if (!(Body instanceof Readable)) throw new TypeError(`S3's client answers a ${typeof Body} for ${key}, not a stream of Node`);
      const bytes = await readBounded(Body, this.#maxBytes, ContentLength);
      if (bytes === undefined) throw new SnapshotUnreadable(key, 'oversized', `at most ${this.#maxBytes} bytes are read`);
      return bytes;
    } catch (cause) {
      if (!(cause instanceof NoSuchKey)) throw cause;
      throw new SnapshotUnreadable(key, 'missing', `bucket ${this.#bucket} has no such object`, { cause });
    }
  }

  /**
   * Whether the object is there with the bytes its key names, going by the checksum that S3 keeps since it was written.
   * One that somebody wrote over without that checksum counts as gone.
   */
  async has(mesh: string, key: string): Promise<boolean> {
    try {
      const { ChecksumSHA256 = '' } = await this.#s3.send(new HeadObjectCommand({ ...this.#at(mesh, key), ChecksumMode: 'ENABLED' }));
      const hash = Buffer.from(ChecksumSHA256, 'base64').subarray(0, 16).toString('hex');
      return hash !== '' && key.endsWith(`-${hash}`);
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  /**
   * Writes an object once: one that is there already is not touched, for its name says its bytes.
   * @throws what the client throws.
   */
  async write(mesh: string, object: PackedFile): Promise<void> {
    for (let tries = 1; ; tries++) {
      const refusal = await this.#put(mesh, object, { IfNoneMatch: '*' }).then(() => undefined, refusalOf);
      if (refusal === undefined) return;
      if (refusal.status === TAKEN) break;
      if (refusal.status !== CONFLICT || tries === CONFLICT_TRIES) throw refusal.error;
    }
    // A name that is taken by other bytes was written by somebody else: ours are those it names.
    if (!(await this.has(mesh, object.key))) await this.#put(mesh, object, {});
  }

  async #put(mesh: string, { key, bytes }: PackedFile, condition: { readonly IfNoneMatch?: '*' }): Promise<void> {
    // S3 refuses bytes that do not have this checksum and keeps it beside them.
    const ChecksumSHA256 = createHash('sha256').update(bytes).digest('base64');
    const checksum = { ChecksumAlgorithm: 'SHA256', ChecksumSHA256 } as const;
    await this.#s3.send(new PutObjectCommand({ ...this.#at(mesh, key), Body: bytes, ...checksum, ...condition }));
  }

  #at(mesh: string, key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${folderName(mesh)}/${key}.snapshot` };
  }
}

/**
 * The bytes of a stream, or undefined when they are more than `most`. A stream that it leaves is destroyed: left open, it would keep
 * its connection, of which the client has 50 and then waits for ever.
 * @throws SnapshotsUnavailable when it breaks off: the client is done with the request by then, and says nothing of it.
 */
async function readBounded(body: Readable, most: number, told = 0): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (told > most) return undefined;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      // How long it is, an answer need not tell.
      if (size > most) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    throw new SnapshotsUnavailable(`The bytes of an object broke off after ${size}: ${String(cause)}`, { cause });
  } finally {
    body.destroy();
  }
}

function refusalOf(error: unknown): { readonly status: number | undefined; readonly error: unknown } {
  return { status: error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined, error };
}

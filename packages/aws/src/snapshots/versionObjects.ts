import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type EncodedSnapshot, folderName, MAX_OBJECT_BYTES, SnapshotUnreadable } from '@meshwright/snapshot';

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
}

/** The immutable objects that hold one version of a mesh each, named `<prefix><mesh's folder>/<key>.snapshot`. */
export class VersionObjects {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ s3, bucket, prefix }: VersionObjectsOptions) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /** @throws SnapshotUnreadable when there is no such object, or it is larger than a reader takes. */
  async read(mesh: string, key: string): Promise<Uint8Array> {
    try {
      const { Body, ContentLength = 0 } = await this.#s3.send(new GetObjectCommand(this.#at(mesh, key)));
      if (ContentLength > MAX_OBJECT_BYTES) {
        throw new SnapshotUnreadable(key, 'oversized', `${ContentLength} bytes, at most ${MAX_OBJECT_BYTES} are read`);
      }
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (cause) {
      if (!(cause instanceof NoSuchKey)) throw cause;
      throw new SnapshotUnreadable(key, 'missing', `bucket ${this.#bucket} has no such object`, { cause });
    }
  }

  /**
   * Whether the object is there with the bytes its key names, going by the checksum that S3 keeps since it was written.
   * One that somebody wrote over without that checksum counts as gone.
   */
  async holds(mesh: string, key: string): Promise<boolean> {
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
  async write(mesh: string, object: EncodedSnapshot): Promise<void> {
    for (let tries = 1; ; tries++) {
      const refusal = await this.#put(mesh, object, { IfNoneMatch: '*' }).then(() => undefined, refusalOf);
      if (refusal === undefined) return;
      if (refusal.status === TAKEN) break;
      if (refusal.status !== CONFLICT || tries === CONFLICT_TRIES) throw refusal.error;
    }
    // A name that is taken by other bytes was written by somebody else: ours are those it names.
    if (!(await this.holds(mesh, object.key))) await this.#put(mesh, object, {});
  }

  async #put(mesh: string, { key, bytes }: EncodedSnapshot, condition: { readonly IfNoneMatch?: '*' }): Promise<void> {
    // S3 refuses bytes that do not have this checksum and keeps it beside them.
    const ChecksumSHA256 = createHash('sha256').update(bytes).digest('base64');
    const checksum = { ChecksumAlgorithm: 'SHA256', ChecksumSHA256 } as const;
    await this.#s3.send(new PutObjectCommand({ ...this.#at(mesh, key), Body: bytes, ...checksum, ...condition }));
  }

  #at(mesh: string, key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${folderName(mesh)}/${key}.snapshot` };
  }
}

function refusalOf(error: unknown): { readonly status: number | undefined; readonly error: unknown } {
  return { status: error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined, error };
}

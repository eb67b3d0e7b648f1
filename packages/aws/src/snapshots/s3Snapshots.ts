import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  type Head,
  type HeldResource,
  type HoldableSnapshots,
  holdingHead,
  Lineages,
  type LoadedSnapshot,
  type MeshSnapshot,
  type ObjectSnapshots,
  type PackedFile,
  type Published,
  type PublishOutcome,
  publishInSteps,
  readPublished,
  SnapshotsUnavailable,
} from '@meshwright/snapshot';
import { isOfClient } from '../clientError.ts';
import { pollHeads } from './headPoll.ts';
import { HeadTable } from './headTable.ts';
import { VersionObjects } from './versionObjects.ts';

/** A relay hears of a new head after half of this on average. */
const POLL_MILLIS = 250;
const PREFIX = 'snapshots/';

/** What `S3Snapshots` works with. */
export interface S3SnapshotsParts {
  /** Its retries, time-outs, region and credentials are those of every request; without a `requestTimeout` it may wait for ever for an answer. */
  readonly s3: S3Client;
  readonly bucket: string;
  /** In front of every object's name; `snapshots/` unless told. */
  readonly prefix?: string;
  /** As `s3`; made with `requestBounds`. */
  readonly dynamo: DynamoDBClient;
  /** Name or ARN of a table made as `headsTable` says. */
  readonly headsTable: string;
  /** Milliseconds between two reads of the heads, each ± 20 %; 250 unless told. */
  readonly pollMillis?: number;
  /** Epoch milliseconds: heads count on from it, so that those who watch follow also after the heads table was lost or restored. */
  now(): number;
  /** From 0 up to but not including 1. */
  random(): number;
  /** Another text each time, anywhere. */
  newId(): string;
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void;
  /** Told of each read of the heads that failed while they are watched, and of each head that cannot be read. */
  onReadFailure(cause: unknown): void;
}

/**
 * Keeps snapshots as objects in S3 and their heads in a DynamoDB table. Any number of processes may publish and watch.
 *
 * A reader needs `s3:GetObject`, `dynamodb:GetItem` and `dynamodb:Query`, and `s3:ListBucket` to be told that an object is missing
 * rather than that it may not be read; a publisher `s3:PutObject` and `dynamodb:UpdateItem`, too, who decides what is held the latter. Nothing
 * is ever deleted.
 *
 * Watching costs one eventually consistent query per interval, about 0.05 read units per mesh: a partition gives 3,000 a second, so that
 * 10 watchers of 1,000 meshes come to two thirds of it. Beyond, watch less often.
 */
export class S3Snapshots implements ObjectSnapshots, HoldableSnapshots {
  readonly #parts: S3SnapshotsParts;
  readonly #heads: HeadTable;
  readonly #objects: VersionObjects;
  readonly #lineages = new Lineages();

  constructor(parts: S3SnapshotsParts) {
    this.#parts = parts;
    this.#heads = new HeadTable(parts.dynamo, parts.headsTable);
    this.#objects = new VersionObjects({ s3: parts.s3, bucket: parts.bucket, prefix: parts.prefix ?? PREFIX });
  }

  async head(mesh: string): Promise<Head | undefined> {
    return await this.#reaching(`the head of mesh ${mesh}`, () => this.#heads.read(mesh));
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const { mesh } = snapshot;
    const before = await this.head(mesh);
    const steps = {
      before,
      lineages: this.#lineages,
      leastRev: this.#leastRev(),
      hasObject: (key: string) => this.#reaching(`object ${key}`, () => this.#objects.has(mesh, key)),
      writeObject: (object: PackedFile) => this.#reaching(`object ${object.key}`, () => this.#objects.write(mesh, object)),
      moveHead: (head: Head) => this.#moveHead(before, head),
    };
    return await publishInSteps(steps, snapshot, parent);
  }

  async hold(before: Head, held: readonly HeldResource[]): Promise<boolean> {
    return await this.#moveHead(before, holdingHead(before, held, this.#leastRev()));
  }

  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    return await readPublished((key) => this.readObject(mesh, key), mesh, published, before);
  }

  async readObject(mesh: string, key: string): Promise<Uint8Array> {
    return await this.#reaching(`object ${key}`, () => this.#objects.read(mesh, key));
  }

  watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    const { pollMillis: intervalMillis = POLL_MILLIS, random, setTimer, onReadFailure: onFailure } = this.#parts;
    const readAll = (ending: AbortSignal): Promise<readonly Head[]> => this.#heads.readAll(ending, onFailure);
    return pollHeads({ readAll, intervalMillis, random, setTimer, onFailure }, signal);
  }

  #leastRev(): bigint {
    return BigInt(Math.max(1, Math.floor(this.#parts.now())));
  }

  #moveHead(before: Head | undefined, head: Head): Promise<boolean> {
    return this.#reaching(`the head of mesh ${head.mesh}`, () => this.#heads.move(before, head, this.#parts.newId()));
  }

  /** @throws SnapshotsUnavailable when the services, or the way to them, are the reason. */
  async #reaching<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!isOfClient(cause)) throw cause;
      const where = `bucket ${this.#parts.bucket}, heads table ${this.#parts.headsTable}`;
      throw new SnapshotsUnavailable(`${what} could not be reached (${where}): ${cause.name}: ${cause.message}`, { cause });
    }
  }
}

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { folderName } from '@meshwright/snapshot';
import type { ObjectAccess } from '@meshwright/snapshot/testing';

/** How the two clients of a store find what answers them. */
export interface ClientConfigs {
  readonly s3: S3ClientConfig;
  readonly dynamo: DynamoDBClientConfig;
}

/** The two clients of a store. */
export interface Clients extends Disposable {
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
}

/** Something that is done around each request, outside of the client's own tries. */
type Around = (operation: string, send: () => Promise<unknown>) => Promise<unknown>;

/** Makes both clients. */
export function clientsOf({ s3: s3Config, dynamo: dynamoConfig }: ClientConfigs, around?: Around): Clients {
  // A bucket name in the host would need a name server.
  const s3 = new S3Client({ ...s3Config, forcePathStyle: true });
  const dynamo = new DynamoDBClient(dynamoConfig);
  if (around !== undefined) {
    for (const { middlewareStack } of [s3, dynamo] as { readonly middlewareStack: S3Client['middlewareStack'] }[]) {
      middlewareStack.add(
        (next, { commandName = '' }) =>
          async (args) =>
            (await around(commandName, () => next(args))) as never,
        {
          step: 'initialize',
        },
      );
    }
  }
  return {
    s3,
    dynamo,
    [Symbol.dispose]() {
      s3.destroy();
      dynamo.destroy();
    },
  };
}

/** A process that dies at its `step`-th thing, from 0: before each request and after each answer is one. */
export class DyingProcess {
  #left: number;

  constructor(step: number) {
    this.#left = step;
  }

  get hasDied(): boolean {
    return this.#left < 0;
  }

  readonly around: Around = async (_, send) => {
    this.#step();
    const answer = await send();
    this.#step();
    return answer;
  };

  #step(): void {
    if (this.#left >= 0) this.#left -= 1;
    if (this.hasDied) throw new Error('the process died here');
  }
}

/** Requests that fail when a test says so. */
export class FailingRequests {
  readonly #operation: string;
  #left = 0;
  #over = Promise.withResolvers<void>();

  constructor(operation: string) {
    this.#operation = operation;
  }

  /** Lets the next ones fail; resolves when they have. */
  fail(times: number): Promise<void> {
    this.#left = times;
    this.#over = Promise.withResolvers();
    return this.#over.promise;
  }

  readonly around: Around = async (operation, send) => {
    if (operation !== this.#operation || this.#left === 0) return await send();
    this.#left -= 1;
    if (this.#left === 0) this.#over.resolve();
    // As the client's own failures are.
    throw Object.assign(new Error(`${operation} fails because a test wants it`), { $metadata: {} });
  };
}

/** The objects of a store below a prefix of a bucket. */
export function objectsBelow(s3: S3Client, bucket: string, prefix: string): ObjectAccess {
  const folder = (mesh: string): string => `${prefix}${folderName(mesh)}/`;
  const at = (mesh: string, key: string) => ({ Bucket: bucket, Key: `${folder(mesh)}${key}.snapshot` });
  return {
    keys: async (mesh) => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: folder(mesh) }));
      return Contents.map(({ Key = '' }) => Key.slice(folder(mesh).length, -'.snapshot'.length));
    },
    get: async (mesh, key) => {
      const { Body } = await s3.send(new GetObjectCommand(at(mesh, key)));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    },
    put: async (mesh, key, bytes) => {
      await s3.send(new PutObjectCommand({ ...at(mesh, key), Body: bytes }));
    },
    remove: async (mesh, key) => {
      await s3.send(new DeleteObjectCommand(at(mesh, key)));
    },
  };
}

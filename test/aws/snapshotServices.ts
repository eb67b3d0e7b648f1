import { randomUUID } from 'node:crypto';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { headsTable, S3Snapshots, type S3SnapshotsParts } from '@meshwright/aws';
import { startDynamoDbLocal, testAccess } from './dynamoDbLocal.ts';
import { startMoto } from './moto.ts';
import { type ClientConfigs, type Clients, clientsOf } from './snapshotClients.ts';

/** The bucket all places are in. */
export const BUCKET = 'snapshots';

/** An S3 with one bucket, and a DynamoDB. */
export interface SnapshotServices extends AsyncDisposable {
  readonly configs: ClientConfigs;
  /** Closed with the services. */
  readonly clients: Clients;
  /** Makes a heads table and with it a prefix of objects, both of the name that it answers. */
  makePlace(): Promise<string>;
}

/** Starts Moto, and DynamoDB Local unless it is missing here: then Moto stands in for it. */
export async function startSnapshotServices({ hasDynamoDb }: { readonly hasDynamoDb: boolean }): Promise<SnapshotServices> {
  const [moto, dynamoDb] = await Promise.all([startMoto(), hasDynamoDb ? startDynamoDbLocal() : undefined]);
  const s3 = { endpoint: moto.endpoint, ...testAccess };
  const configs = { s3, dynamo: { ...s3, endpoint: dynamoDb?.endpoint ?? moto.endpoint } };
  const clients = clientsOf(configs);
  await clients.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    configs,
    clients,
    async makePlace() {
      const place = `heads-${randomUUID()}`;
      await clients.dynamo.send(new CreateTableCommand({ ...headsTable, TableName: place }));
      return place;
    },
    async [Symbol.asyncDispose]() {
      clients[Symbol.dispose]();
      await Promise.all([moto[Symbol.asyncDispose](), dynamoDb?.stop()]);
    },
  };
}

/** A store at a place, as in a process of its own; its revs rise by one, so that they can be counted. */
export function openSnapshots(
  place: string,
  { s3, dynamo }: Clients,
  parts: Partial<Pick<S3SnapshotsParts, 'onReadFailure' | 'now' | 'newId'>> = {},
): S3Snapshots {
  return new S3Snapshots({
    now: () => 0,
    s3,
    bucket: BUCKET,
    prefix: `${place}/`,
    dynamo,
    headsTable: place,
    pollMillis: 5,
    random: Math.random,
    newId: randomUUID,
    setTimer: (callback, millis) => {
      const timer = setTimeout(callback, millis);
      return () => clearTimeout(timer);
    },
    onReadFailure: () => {},
    ...parts,
  });
}

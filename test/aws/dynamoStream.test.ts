import { UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { changedMeshes, meshTable, type StreamRecord } from '@meshwright/aws';
import type { MeshKey, Resource } from '@meshwright/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poll } from '../process/poll.ts';
import { describeWith } from '../setup/requires.ts';
import { type DynamoDbLocal, startDynamoDbLocal, testAccess } from './dynamoDbLocal.ts';

describeWith(['DynamoDB Local'], "the table's stream", () => {
  let dynamoDb: DynamoDbLocal;
  let streams: DynamoDBStreamsClient;
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
    streams = new DynamoDBStreamsClient({ endpoint: dynamoDb.endpoint, ...testAccess });
  });
  afterAll(async () => {
    streams?.destroy();
    await dynamoDb?.stop();
  });

  /** All records from the oldest on, until one of them is an insertion with this sort key. */
  async function recordsUntil(streamArn: string, sortKey: string): Promise<readonly StreamRecord[]> {
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    const [shard] = StreamDescription?.Shards ?? [];
    const start = { StreamArn: streamArn, ShardId: shard?.ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
    let { ShardIterator: next } = await streams.send(new GetShardIteratorCommand(start));
    const records: StreamRecord[] = [];
    const ask = async (): Promise<readonly StreamRecord[]> => {
      const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator: next }));
      next = NextShardIterator;
      records.push(...Records);
      return records;
    };
    return poll({ what: 'the stream', ask, wanted: (found) => found.some(({ dynamodb }) => dynamodb?.Keys?.sk?.S === sortKey) });
  }

  test('names each mesh that had commits once, whatever its name, and nothing for other items', async () => {
    const table = await dynamoDb.makeTable();
    const meshes: readonly MeshKey[] = [
      { owner: '123456789012', mesh: 'apps' },
      { owner: '123456789012', mesh: 'log#1#2/ä 😀' },
      { owner: '210987654321', mesh: 'apps' },
    ];
    const store = table.store();
    for (const mesh of meshes) await store.commit(mesh, 0n, [created(meshResource(mesh))], { ...info, token: tokenOf(mesh) });
    for (const mesh of meshes) await store.commit(mesh, 1n, [], info);
    await table.put({ pk: 'end', sk: 'end' });
    const records = await recordsUntil(table.streamArn, 'end');
    expect(changedMeshes(records)).toEqual({ meshes, unreadable: [] });
    // Keys only: no record carries a mesh's data.
    expect(records.filter(({ dynamodb }) => dynamodb !== undefined && 'NewImage' in dynamodb)).toEqual([]);
  });

  test('reports a log row of nobody, and what expires is no change', async () => {
    const table = await dynamoDb.makeTable();
    const mesh = { owner: '123456789012', mesh: 'apps' };
    const key = { pk: 'log#nobody', sk: 'log#00000000000000000001' };
    for (const pk of [key.pk, 'log##', 'mesh#1#apps']) await table.put({ pk, sk: key.sk });
    await table.store().commit(mesh, 0n, [], info);
    await table.remove(key);
    await table.put({ pk: 'end', sk: 'end' });
    const records = await recordsUntil(table.streamArn, 'end');
    const { meshes, unreadable } = changedMeshes(records);
    expect(meshes).toEqual([mesh]);
    expect(unreadable).toEqual(records.slice(0, 3).map(({ dynamodb }) => dynamodb?.SequenceNumber));
    expect(records.map(({ eventName }) => eventName)).toContain('REMOVE');
    expect(changedMeshes(records.filter(({ eventName }) => eventName === 'REMOVE'))).toEqual({ meshes: [], unreadable: [] });
  });

  test("a table takes the definition's time to live", async () => {
    const table = await dynamoDb.makeTable();
    const { TimeToLiveSpecification } = meshTable;
    const answer = await dynamoDb.client.send(new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification }));
    expect(answer.TimeToLiveSpecification).toEqual(TimeToLiveSpecification);
  });
});

test('records that are not as documented are reported, none is fatal', () => {
  const broken: readonly StreamRecord[] = [
    { eventName: 'INSERT' },
    { eventName: 'INSERT', dynamodb: { SequenceNumber: '2' } },
    { eventName: 'INSERT', dynamodb: { SequenceNumber: '3', Keys: { pk: { S: 'log#1#apps' }, sk: {} } } },
    {},
    { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: 'log#1#apps' }, sk: { S: 'log#00000000000000000001' } } } },
  ];
  expect(changedMeshes(broken)).toEqual({
    meshes: [{ owner: '1', mesh: 'apps' }],
    unreadable: ['INSERT without a sequence number', '2', '3'],
  });
});

const info = { writeId: 'w', at: Date.now(), author: 'tests', source: 'Test' };

function meshResource({ owner, mesh }: MeshKey): Resource<'mesh'> {
  const metadata = { arn: 'arn', uid: mesh, version: 1, createdAt: 1, lastUpdatedAt: 1, meshOwner: owner, resourceOwner: owner };
  return { ref: { kind: 'mesh', mesh, name: mesh }, spec: {}, metadata, tags: [] };
}

function created(after: Resource) {
  return { ref: after.ref, after };
}

function tokenOf(mesh: MeshKey) {
  return { key: `${mesh.owner}/${mesh.mesh}`, bodyHash: 'hash', answer: meshResource(mesh), expiresAt: Date.now() + 1_000 };
}

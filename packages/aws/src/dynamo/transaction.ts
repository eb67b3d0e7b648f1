import type { Change, CommitInfo, MeshKey, TokenClaim } from '@meshwright/model';
import { toGenerationItem } from './generation.ts';
import { toItem, toTokenItem } from './item.ts';
import { accountMeshKey, type ItemKey, registryKey, resourceItemKey } from './keys.ts';
import type { LogItem } from './logItem.ts';
import type { TransactWrite } from './table.ts';

/** One accepted commit, before it is judged by the table. */
export interface Commit {
  readonly mesh: MeshKey;
  readonly expected: bigint;
  readonly changes: readonly Change[];
  readonly info: CommitInfo;
  readonly row: LogItem;
}

/** Place of the token's item in a commit's transaction; that of the generation row is 0. */
export const TOKEN_PLACE = 1;

/**
 * The writes of a commit: generation row, token, log row, registry, account and at most MAX_COMMIT_CHANGES resources, 95 of the 100
 * a transaction takes. Only the generation row and the token have conditions: the first makes everything read before still true.
 */
export function writesOf(table: string, { mesh, expected, changes, info, row }: Commit): readonly TransactWrite[] {
  const put = (Item: ItemKey): TransactWrite => ({ Put: { TableName: table, Item } });
  const remove = ({ pk, sk }: ItemKey): TransactWrite => ({ Delete: { TableName: table, Key: { pk, sk } } });
  const generation = expected + 1n;
  const places = new Map<string, TransactWrite>();
  // A transaction takes one write per item: of several changes to one resource the last one stands.
  for (const { ref, after } of changes) {
    const keys = [resourceItemKey(mesh, ref), ...(ref.kind === 'mesh' ? [accountMeshKey(mesh)] : [])];
    for (const key of keys) places.set(`${key.pk}\0${key.sk}`, after === undefined ? remove(key) : put(toItem(key, after, generation)));
  }
  return [
    generationWrite(table, mesh, expected),
    ...(info.token ? [tokenWrite(table, info.token, info.at)] : []),
    put(row),
    ...(expected === 0n ? [put(toRegistryItem(mesh))] : []),
    ...places.values(),
  ];
}

function toRegistryItem({ owner, mesh }: MeshKey): ItemKey & MeshKey {
  return { ...registryKey({ owner, mesh }), owner, mesh };
}

function generationWrite(table: string, mesh: MeshKey, expected: bigint): TransactWrite {
  const condition =
    expected === 0n
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: '#generation = :expected',
          ExpressionAttributeNames: { '#generation': 'generation' },
          ExpressionAttributeValues: { ':expected': Number(expected) },
        };
  return { Put: { TableName: table, Item: toGenerationItem(mesh, expected + 1n), ...condition } };
}

function tokenWrite(table: string, claim: TokenClaim, now: number): TransactWrite {
  const { replaces } = claim;
  const free = ['attribute_not_exists(pk)', '#expiresAt <= :now', ...(replaces === undefined ? [] : ['#uid = :replaces'])];
  return {
    Put: {
      TableName: table,
      Item: toTokenItem(claim),
      ConditionExpression: free.join(' OR '),
      ExpressionAttributeNames: { '#expiresAt': 'expiresAt', ...(replaces !== undefined && { '#uid': 'uid' }) },
      ExpressionAttributeValues: { ':now': now, ...(replaces !== undefined && { ':replaces': replaces }) },
    },
  };
}

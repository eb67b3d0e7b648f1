import { readFileSync } from 'node:fs';

const { operations } = JSON.parse(readFileSync(new URL('../../packages/model/testdata/service-2.json', import.meta.url), 'utf8')) as {
  readonly operations: Readonly<Record<string, object>>;
};

/** Names of all operations of App Mesh's own API model, in the order of the alphabet. */
export const operationNames: readonly string[] = Object.keys(operations).toSorted();

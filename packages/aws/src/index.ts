export { DynamoStore, type DynamoStoreParts } from './dynamo/dynamoStore.ts';
export { meshTable } from './dynamo/meshTable.ts';
export { requestBounds } from './dynamo/requestBounds.ts';
export { type ChangedMeshes, changedMeshes, type StreamRecord } from './dynamo/stream.ts';
export { headsTable } from './snapshots/headsTable.ts';
export { S3Snapshots, type S3SnapshotsParts } from './snapshots/s3Snapshots.ts';
export { DynamoStatusTable, type DynamoStatusTableParts } from './status/dynamoStatusTable.ts';
export { statusTable } from './status/statusTable.ts';

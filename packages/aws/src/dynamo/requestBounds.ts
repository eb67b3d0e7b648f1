import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * What the client of a `DynamoStore` is made with, beside its region: a silent DynamoDB is an outage within 7 s then, before a write's
 * 8 s are over, and a connection that died silently costs one try of 2 s. Left to itself, the client waits for ever.
 *
 * The largest transaction takes less than a second; it is sent anew with the same token, so that a slow one is not carried out twice.
 */
export const requestBounds = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const satisfies DynamoDBClientConfig;

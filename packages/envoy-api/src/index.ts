export { any, encode, encodeDescribed, type Init } from './encode.ts';
export type { Described } from './packed.ts';
export { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from './typeUrls.ts';

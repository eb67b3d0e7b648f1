export { any, encode, type Init } from './encode.ts';
export { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from './typeUrls.ts';

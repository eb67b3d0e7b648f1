import type * as v from 'valibot';
import { ipPreference } from '../schema/common.ts';
import { oneOfValues, str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, structure } from '../schema/structures.ts';

const cloudMapAttribute = structure({
  key: str({ min: 1, max: 255, pattern: /^[a-zA-Z0-9!-~]+$/ }),
  value: str({ min: 1, max: 1024, pattern: /^([a-zA-Z0-9!-~][ a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$/ }),
});

const awsCloudMap = structure({
  attributes: optional(listOf(cloudMapAttribute)),
  ipPreference: optional(ipPreference),
  namespaceName: str({ min: 1, max: 1024 }),
  serviceName: str({ min: 1, max: 1024 }),
});
/** Instances of an AWS Cloud Map service that carry all given attributes. */
export type AwsCloudMapServiceDiscovery = v.InferOutput<typeof awsCloudMap>;

const dns = structure({
  // Envoy refuses an empty address; the API model sets no limit.
  hostname: str({ min: 1 }),
  ipPreference: optional(ipPreference),
  responseType: optional(oneOfValues(['LOADBALANCER', 'ENDPOINTS'])),
});
/** Addresses a DNS name resolves to. */
export type DnsServiceDiscovery = v.InferOutput<typeof dns>;

/** How the addresses behind a virtual node are found. */
export const serviceDiscovery = oneOf({ awsCloudMap, dns });
/** How the addresses behind a virtual node are found. */
export type ServiceDiscovery = v.InferOutput<typeof serviceDiscovery>;

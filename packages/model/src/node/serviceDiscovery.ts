import type * as v from 'valibot';
import { ipPreference } from '../schema/common.ts';
import { oneOfValues, str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, structure } from '../schema/structures.ts';

const cloudMapAttribute = structure({
  /** Visible ASCII, no space. */
  key: str({ min: 1, max: 255, pattern: /^[a-zA-Z0-9!-~]+$/ }),
  /** Visible ASCII and single spaces inside, to the letter of the API model. */
  value: str({ min: 1, max: 1024, pattern: /^([a-zA-Z0-9!-~][ a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$/ }),
});

const awsCloudMap = structure({
  /** All of these an instance must carry; how many is not limited. */
  attributes: optional(listOf(cloudMapAttribute)),
  /** The mesh's unless given. */
  ipPreference: optional(ipPreference),
  /** Name of the namespace, not its id. */
  namespaceName: str({ min: 1, max: 1024 }),
  /** Name of the service in that namespace. */
  serviceName: str({ min: 1, max: 1024 }),
});
/** Instances of an AWS Cloud Map service that carry all given attributes. */
export type AwsCloudMapServiceDiscovery = v.InferOutput<typeof awsCloudMap>;

const dns = structure({
  // Envoy refuses an empty address; the API model sets no limit.
  hostname: str({ min: 1 }),
  /** The mesh's unless given. */
  ipPreference: optional(ipPreference),
  /** LOADBALANCER is one address at a time, ENDPOINTS all of them; LOADBALANCER without it. */
  responseType: optional(oneOfValues(['LOADBALANCER', 'ENDPOINTS'])),
});
/** Addresses a DNS name resolves to. */
export type DnsServiceDiscovery = v.InferOutput<typeof dns>;

/** How the addresses behind a virtual node are found. */
export const serviceDiscovery = oneOf({ awsCloudMap, dns });
/** How the addresses behind a virtual node are found. */
export type ServiceDiscovery = v.InferOutput<typeof serviceDiscovery>;

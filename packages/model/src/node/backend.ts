import type * as v from 'valibot';
import { port } from '../schema/common.ts';
import { bool, str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, structure } from '../schema/structures.ts';
import { arn, clientCertificate, fileTrust, sdsSecret, subjectAlternativeNames } from './tls.ts';

const acmTrust = structure({ certificateAuthorityArns: listOf(arn, { min: 1, max: 3 }) });

const clientPolicyTls = structure({
  certificate: optional(clientCertificate),
  enforce: optional(bool()),
  ports: optional(listOf(port)),
  validation: structure({
    subjectAlternativeNames: optional(subjectAlternativeNames),
    trust: oneOf({ acm: acmTrust, file: fileTrust, sds: sdsSecret }),
  }),
});

/** How a node's Envoys talk to backends. */
export const clientPolicy = structure({ tls: optional(clientPolicyTls) });
/** How a node's Envoys talk to backends. */
export type ClientPolicy = v.InferOutput<typeof clientPolicy>;

/** A virtual service a node sends traffic to; it need not exist yet. */
export const backend = oneOf({
  virtualService: structure({ clientPolicy: optional(clientPolicy), virtualServiceName: str({ min: 1 }) }),
});
/** A virtual service a node sends traffic to; it need not exist yet. */
export type Backend = v.InferOutput<typeof backend>;

import type * as v from 'valibot';
import { port } from '../schema/common.ts';
import { bool, oneOfValues, str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, structure } from '../schema/structures.ts';

/** A path in the proxy's file system. */
export const filePath = str({ min: 1, max: 255 });

/** An ARN; the API model sets no limit. */
const arn = str({ min: 1 });

/** A certificate and its key as files of the proxy. */
const fileCertificate = structure({ certificateChain: filePath, privateKey: filePath });

// Envoy refuses an empty secret name; the API model sets no limit.
/** A secret the proxy fetches from its local SDS socket. */
const sdsSecret = structure({ secretName: str({ min: 1 }) });

/** Certificate authorities as a file of the proxy. */
const fileTrust = structure({ certificateChain: filePath });

/** Certificate authorities of ACM Private CA. */
const acmTrust = structure({ certificateAuthorityArns: listOf(arn, { min: 1, max: 3 }) });

/** Names of which a peer's certificate must have one. */
const subjectAlternativeNames = structure({ match: structure({ exact: listOf(str({ min: 1, max: 254 })) }) });

/** The certificate a listener of a node or a gateway shows and what it asks of clients. */
export const listenerTls = structure({
  /** What it shows: of ACM, a file of the proxy, or its local SDS socket. */
  certificate: oneOf({ acm: structure({ certificateArn: arn }), file: fileCertificate, sds: sdsSecret }),
  /** STRICT takes TLS only, PERMISSIVE plain text too, DISABLED plain text only. */
  mode: oneOfValues(['STRICT', 'PERMISSIVE', 'DISABLED']),
  /** Clients must show a certificate that these trust; none is asked for without it. */
  validation: optional(
    structure({
      /** Names of which it must have one; any without it. */
      subjectAlternativeNames: optional(subjectAlternativeNames),
      /** Who may have signed it. */
      trust: oneOf({ file: fileTrust, sds: sdsSecret }),
    }),
  ),
});
/** The certificate a listener of a node or a gateway shows and what it asks of clients. */
export type ListenerTls = v.InferOutput<typeof listenerTls>;

const clientPolicyTls = structure({
  /** A certificate the client shows. */
  certificate: optional(oneOf({ file: fileCertificate, sds: sdsSecret })),
  /** Whether plain text is out of the question; true unless said otherwise. */
  enforce: optional(bool()),
  /** Ports of servers for which the policy holds; every port when there are none. */
  ports: optional(listOf(port)),
  /** What the server must show. */
  validation: structure({
    /** Names of which it must have one; the server's discovery name without it. */
    subjectAlternativeNames: optional(subjectAlternativeNames),
    /** Who may have signed it. */
    trust: oneOf({ acm: acmTrust, file: fileTrust, sds: sdsSecret }),
  }),
});

/** How the Envoys of a node or a gateway talk to backends. */
export const clientPolicy = structure({ tls: optional(clientPolicyTls) });
/** How the Envoys of a node or a gateway talk to backends. */
export type ClientPolicy = v.InferOutput<typeof clientPolicy>;

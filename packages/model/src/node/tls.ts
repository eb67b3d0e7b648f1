import { str } from '../schema/scalars.ts';
import { listOf, oneOf, structure } from '../schema/structures.ts';

/** A path in the proxy's file system. */
export const filePath = str({ min: 1, max: 255 });

/** An ARN; the API model sets no limit. */
export const arn = str({ min: 1 });

/** A certificate and its key as files of the proxy. */
export const fileCertificate = structure({ certificateChain: filePath, privateKey: filePath });

// Envoy refuses an empty secret name; the API model sets no limit.
/** A secret the proxy fetches from its local SDS socket. */
export const sdsSecret = structure({ secretName: str({ min: 1 }) });

/** Certificate authorities as a file of the proxy. */
export const fileTrust = structure({ certificateChain: filePath });

/** Names of which a peer's certificate must have one. */
export const subjectAlternativeNames = structure({ match: structure({ exact: listOf(str({ min: 1, max: 254 })) }) });

/** A certificate a client shows. */
export const clientCertificate = oneOf({ file: fileCertificate, sds: sdsSecret });

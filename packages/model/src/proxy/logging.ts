import type * as v from 'valibot';
import { str } from '../schema/scalars.ts';
import { listOf, oneOf, optional, structure } from '../schema/structures.ts';
import { logFormat } from './logFormat.ts';
import { filePath } from './tls.ts';

const loggingFormat = oneOf({
  /** Members of a JSON object per line, in this order. */
  json: listOf(structure({ key: str({ min: 1, max: 100, multiline: true }), value: logFormat({ min: 1, max: 100 }) })),
  /** One line, Envoy's own format unless given. */
  text: logFormat({ min: 1, max: 1000 }),
});
/** How an access log line is written; values hold Envoy's `%OPERATOR%`s. */
export type LoggingFormat = v.InferOutput<typeof loggingFormat>;

const accessLog = oneOf({ file: structure({ format: optional(loggingFormat), path: filePath }) });

/** What the Envoys of a node or a gateway log. */
export const logging = structure({ accessLog: optional(accessLog) });
/** What the Envoys of a node or a gateway log. */
export type Logging = v.InferOutput<typeof logging>;

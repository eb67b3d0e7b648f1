import type { Identity, MeshStore, MeshWriter } from '@meshwright/model';
import type { JsonObject } from './strictJson.ts';

/** What operations work with. */
export interface OperationParts {
  readonly store: MeshStore;
  readonly writer: MeshWriter;
  readonly identity: Identity;
}

/** One request, read and checked as far as all operations have it in common. */
export interface Call {
  readonly requestId: string;
  /** Name of the operation it asks for. */
  readonly operation: string;
  /** Path from the version on, percent-encoded one way; equal for equal requests below any base path. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** A path parameter of the operation, decoded once. */
  param(name: string): string | undefined;
  /** Told the names of what the request is about, outermost first, once they are read. */
  about(names: readonly string[]): void;
  /** Told the generation of the mesh that the request's write is in. */
  wrote(generation: bigint): void;
  /** Members of the body that are not null; empty for operations without a body. */
  readonly body: JsonObject;
}

/** One operation of the App Mesh API, or of what goes beyond it. */
export interface Operation {
  /** Its App Mesh name, such as `CreateRoute`. */
  readonly name: string;
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Below `/v20190125`, or `/v1` for what goes beyond App Mesh; parameters as `:meshName`. */
  readonly path: string;
  /** The query parameters it knows, others are refused; without it others are passed over, as App Mesh does. */
  readonly query?: readonly string[];
  /** The answer's body. */
  run(parts: OperationParts, call: Call): Promise<object>;
}

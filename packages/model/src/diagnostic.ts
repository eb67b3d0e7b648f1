import type { Ref } from './resource.ts';

/** A mistake in a mesh, told to its operators; it costs the resource it names, never the mesh. */
export interface Diagnostic {
  /** Stable, in kebab case, such as `not-compiled-yet`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly ref: Ref;
  /** JSON pointer into the resource's spec; empty for the whole. */
  readonly pointer: string;
  /** What is wrong and what follows from it. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

import type { MeshState } from '@meshwright/model';
import type { MeshSnapshot } from '@meshwright/snapshot';
import { type Compiled, compileInSteps } from './compile.ts';
import { frozenInTurns } from './frozen.ts';
import type { MeshAt } from './meshAt.ts';
import { inTurns } from './steps.ts';

/** How a mesh is compiled in turns. */
export interface InTurns {
  /** Lets others get on while a large mesh is compiled: a turn of the event loop, say. */
  turn(): Promise<void>;
  /** Raised by a restore; 1 unless told. */
  readonly epoch?: number;
  /** Where proxies on which the compiler fails have what they keep from. */
  readonly earlier?: MeshSnapshot | undefined;
}

/** What `compile` comes to, in turns with whatever else the process does; the mesh is compiled as it is now, even if it changes meanwhile. */
export async function compileInTurns(mesh: MeshState | MeshAt, { turn, epoch = 1, earlier }: InTurns): Promise<Compiled> {
  // Nobody asks how long it took.
  const turns = { turn, now: () => 0 };
  if ('contents' in mesh) return (await frozenInTurns(mesh, (at) => compileInSteps(at, epoch, undefined, earlier), turns)).result;
  return (await inTurns(compileInSteps(mesh, epoch, undefined, earlier), turns)).result;
}

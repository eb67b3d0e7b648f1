import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settled } from './harness.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Objects are given up over a few turns: finalizers run between them. */
const ROUNDS = 3;

/** Bytes of buffers in use, once everything that nobody holds is gone. */
export async function bufferBytes(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** How many of the objects are still held by anybody. */
export async function stillHeld(objects: readonly WeakRef<object>[]): Promise<number> {
  await collectGarbage();
  return objects.filter((object) => object.deref() !== undefined).length;
}

async function collectGarbage(): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await settled();
    collect();
  }
}

import type { MeshKey } from '@meshwright/model';
import { generationKey, type ItemKey } from './keys.ts';
import type { DynamoTable } from './table.ts';

/** A mesh's generation row in the table; it outlives the mesh. */
export interface GenerationItem extends ItemKey {
  readonly generation: number;
}

/** The item of a mesh that is at a generation. */
export function toGenerationItem(mesh: MeshKey, generation: bigint): GenerationItem {
  return { ...generationKey(mesh), generation: Number(generation) };
}

/** The generation a mesh was at when the table was asked; 0 before its first commit. */
export async function generationOf(table: DynamoTable, mesh: MeshKey): Promise<bigint> {
  return generationIn(await table.get<GenerationItem>(generationKey(mesh)));
}

/** As `generationOf`, with no commit under way: everything up to this generation can be read. */
export async function settledGenerationOf(table: DynamoTable, mesh: MeshKey): Promise<bigint> {
  return generationIn(await table.getSettled<GenerationItem>(generationKey(mesh)));
}

function generationIn(item: GenerationItem | undefined): bigint {
  return BigInt(item?.generation ?? 0);
}

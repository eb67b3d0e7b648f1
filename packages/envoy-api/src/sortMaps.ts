import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { fieldValue } from './fieldValue.ts';

type MapField = Extract<DescField, { fieldKind: 'map' }>;

/**
 * Puts the keys of every map field in order, however deep. `toBinary` writes maps in insertion order, so without this two
 * equal messages could have different bytes, hence different versions, and be pushed for nothing.
 */
export function sortMaps(schema: DescMessage, message: Message): void {
  for (const field of schema.fields) {
    const value = fieldValue(field, message);
    if (value === undefined) continue;
    if (field.fieldKind === 'map') sortMap(field, value as Record<string, unknown>);
    else if (field.fieldKind === 'message') sortMaps(field.message, value as Message);
    else if (field.fieldKind === 'list' && field.listKind === 'message') {
      for (const item of value as Message[]) sortMaps(field.message, item);
    }
  }
}

function sortMap(field: MapField, map: Record<string, unknown>): void {
  // Code units, not the locale: every machine has to agree.
  for (const key of Object.keys(map).sort()) {
    const value = map[key];
    delete map[key];
    map[key] = value;
    if (field.mapKind === 'message') sortMaps(field.message, value as Message);
  }
}

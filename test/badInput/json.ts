import { shapeOf } from '@meshwright/model/testing';

/** JSON as it is going to be written: members may repeat, and anything may stand in as raw text. */
export type Json = JsonObject | JsonList | JsonText;

/** Members in the order in which they are written. */
export interface JsonObject {
  readonly kind: 'object';
  readonly members: [string, Json][];
}

/** Items of a list. */
export interface JsonList {
  readonly kind: 'list';
  readonly items: Json[];
}

/** Text that is written as it is. */
export interface JsonText {
  readonly kind: 'text';
  readonly text: string;
}

/** A place in a JSON tree whose value can be exchanged. */
export interface Place {
  readonly value: Json;
  /** Of the API model; absent below members it does not know. */
  readonly shape: string | undefined;
  set(value: Json): void;
}

/** A value as a tree to change. */
export function jsonOf(value: unknown): Json {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(jsonOf) };
  if (typeof value !== 'object' || value === null) return { kind: 'text', text: JSON.stringify(value) };
  return { kind: 'object', members: Object.entries(value).map(([name, inner]) => [name, jsonOf(inner)]) };
}

/** Text that is written as it is, whatever it is. */
export function raw(text: string): JsonText {
  return { kind: 'text', text };
}

/** The tree as it is sent. */
export function textOf(json: Json): string {
  if (json.kind === 'text') return json.text;
  if (json.kind === 'list') return `[${json.items.map(textOf).join(',')}]`;
  return `{${json.members.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(',')}}`;
}

/** All places below a tree's root, which has this shape. */
export function placesIn(json: Json, shape: string | undefined): readonly Place[] {
  if (json.kind === 'text') return [];
  const { member, members = {} } = shape === undefined ? {} : shapeOf(shape);
  const slots: Place[] =
    json.kind === 'list'
      ? json.items.map((value, index) => ({ value, shape: member?.shape, set: (other) => json.items.splice(index, 1, other) }))
      : json.members.map((slot) => ({
          value: slot[1],
          shape: Object.hasOwn(members, slot[0]) ? members[slot[0]]?.shape : undefined,
          set: (other) => {
            slot[1] = other;
          },
        }));
  return slots.flatMap((place) => [place, ...placesIn(place.value, place.shape)]);
}

import { encodeDescribed } from '@meshwright/envoy-api';
import { contentHash, textHash } from '@meshwright/snapshot';
import { checkRules } from './gate.ts';
import type { Unit } from './incremental/unit.ts';
import { checkSize } from './tooLarge.ts';
import type { Translation } from './translate/translate.ts';

/** The bytes of one Envoy resource and their hash. */
export interface Encoding {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of an Envoy resource, made once for all proxies that have it: encoding is most of the work of compiling. Its key is
 * what it says, not where that comes from.
 */
export const encoding: Unit<Translation, Encoding> = {
  name: 'encoding',
  keyOf: ({ typeUrl, ir }) => {
    const known = texts.get(ir);
    if (known !== undefined) return known;
    const { source: _, ...content } = ir;
    const text = `${typeUrl} ${textHash(JSON.stringify(content))}`;
    texts.set(ir, text);
    return text;
  },
  work: ({ typeUrl, translate }) => {
    const described = translate();
    const bytes = encodeDescribed(described);
    checkSize(typeUrl, bytes.length);
    checkRules(described);
    return { hash: contentHash(bytes), bytes };
  },
};

/** Keys by the object they were made from: proxies share most of their clusters. */
const texts = new WeakMap<object, string>();

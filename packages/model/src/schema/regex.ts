import { RE2JS, RE2JSException } from 're2js';
import * as v from 'valibot';
import { type Schema, type StringLimits, str } from './scalars.ts';
import { must } from './violation.ts';

// Envoy compiles with RE2's Latin-1 encoding (it refuses \x{100}, seen on 1.40): every byte of the expression's UTF-8 is a
// character of its own, as is every byte of a path or header. Literals still mean what is written. A class does not: `[ü-ÿ]`
// takes one of the bytes C3, BC to C3 and BF, and `\p{Greek}` none at all. App Mesh's Envoys read them the same way, so they are
// taken as they are.

/** Largest program of a regex, in steps as Envoy counts them: what App Mesh's bootstrap sets as `re2.max_program_size.error_level`. */
const MAX_REGEX_PROGRAM = 1000;

/**
 * Work beyond which an expression is not even compiled, in steps of re2js (about 2 µs each): a few nested repetitions would keep
 * the process busy for minutes. What Envoy takes needs a quarter of it, unless it repeats what is empty.
 */
const MAX_REGEX_WORK = 4 * MAX_REGEX_PROGRAM;

/** Work of a Unicode class, in the same steps: re2js goes through all its ranges, some 600 of `\pL`. */
const UNICODE_CLASS_WORK = 400;

/** Largest character of Latin-1. */
const MAX_CHARACTER = 0xff;

/** Names that Envoy 1.40 takes in `\p{…}`, each tried in its validation mode; re2js knows properties and newer scripts beside them. */
const UNICODE_NAMES: ReadonlySet<string> = new Set(
  `Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs
    Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi
    Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform
    Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic
    Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew
    Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi
    Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
    Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive
    Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu
    Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian
    Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician
    Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo
    Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan
    Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Zanabazar_Square`.split(/\s+/),
);

/** One escape, or text quoted by \Q…\E; named groups where re2js takes more than Envoy does. */
const ESCAPE = /\\Q.*?(?:\\E|$)|\\[pP](?:\{\^?(?<long>[^}]*)\}|(?<short>.))|\\x\{(?<hex>[\da-fA-F]+)\}|\\(?<octal>[4-7][0-7]{2})|\\./gs;

/** An expression Envoy's RE2 compiles: linear time, no look-around, no back references. */
export function regex(limits: StringLimits): Schema<string> {
  return v.pipe(
    str(limits),
    v.rawCheck(({ dataset, addIssue }) => {
      // Once: the verdict is the costly part, and the message needs it too.
      const fault = dataset.typed ? regexFault(dataset.value) : undefined;
      if (fault === undefined) return;
      addIssue({
        message: must(
          `be a regular expression Envoy's RE2 takes (${fault})`,
          'RE2 has no look-around and no back references, see its syntax page',
        ),
      });
    }),
  );
}

/** Whether an expression that the schema takes matches the whole of a text, byte for byte as Envoy compares them. */
export function matchesRegex(expression: string, text: string): boolean {
  return RE2JS.compile(asLatin1(expression)).matches(asLatin1(text));
}

function regexFault(expression: string): string | undefined {
  const bytes = asLatin1(expression);
  if (regexWork(bytes) > MAX_REGEX_WORK) return `its program has more than ${MAX_REGEX_PROGRAM} steps, or repeats too much that is empty`;
  try {
    const size = programSize(RE2JS.compile(bytes));
    return size > MAX_REGEX_PROGRAM ? `its program has ${size} steps, at most ${MAX_REGEX_PROGRAM} are taken` : escapeFault(expression);
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

/** What matters to the work of compiling: quoted text, escapes, classes, groups, repetitions, and single characters. */
const TOKEN =
  /\\Q.*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|.)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\]|\(\?[^:()]*:?|[()]|\{(?<min>\d+)(?:,(?<max>\d*))?\}|./gs;

/**
 * At least the steps re2js makes of an expression, without compiling it: tokens, times the repetitions around them. An empty group
 * is a step as well, and repeated like everything else.
 */
function regexWork(bytes: string): number {
  const groups: number[] = [];
  let size = 0;
  let atom = 0;
  for (const { 0: token, groups: { min, max } = {} } of bytes.matchAll(TOKEN)) {
    if (min !== undefined) {
      const times = Math.max(1, Number(min), Number(max ?? 0));
      size += (atom + 1) * times - atom;
      atom = (atom + 1) * times;
    } else if (token.startsWith('(')) {
      groups.push(size);
      size = token === '(' ? 2 : 0;
    } else if (token === ')') {
      atom = Math.max(1, size);
      size = atom + (groups.pop() ?? 0);
    } else {
      atom = tokenWork(token);
      size += atom;
    }
  }
  return groups.reduce((sum, outer) => sum + outer, size);
}

function tokenWork(token: string): number {
  const unicodeClasses = token.match(/\\[pP]/g)?.length ?? 0;
  return Math.max(1, token.length / 2) + unicodeClasses * UNICODE_CLASS_WORK;
}

function asLatin1(expression: string): string {
  return Array.from(new TextEncoder().encode(expression), (byte) => String.fromCharCode(byte)).join('');
}

interface Instruction {
  /** First and last character of each range in turn; a character alone, or none, where it is no class. */
  readonly runes: readonly number[];
}

/** Steps as RE2 counts them: one for each range of a class, where re2js has one for the whole class. */
function programSize({ re2Input: { prog } }: RE2JS): number {
  const instructions: readonly Instruction[] = prog.inst;
  return instructions.reduce((steps, { runes }) => steps + Math.max(1, rangesWithinLatin1(runes)), 0);
}

function rangesWithinLatin1(bounds: readonly number[]): number {
  return bounds.filter((bound, position) => position % 2 === 0 && bound <= MAX_CHARACTER).length;
}

function escapeFault(expression: string): string | undefined {
  for (const { 0: text, groups: { long, short, hex, octal } = {} } of expression.matchAll(ESCAPE)) {
    const name = long ?? short;
    if (name !== undefined && !UNICODE_NAMES.has(name)) return `Envoy's RE2 does not know ${text}`;
    const isTooLarge = octal !== undefined || Number.parseInt(hex ?? '0', 16) > MAX_CHARACTER;
    if (isTooLarge) return `Envoy's RE2 matches bytes, ${text} is greater than \\x{FF}`;
  }
  return undefined;
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A CPU profile as V8 writes it, as far as it is read. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** Node of each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** Where the time went. */
export interface Cost {
  readonly name: string;
  /** Of the time in which anything was done. */
  readonly share: number;
}

const SHOWN = 20;

/** Tables of all profiles in a folder: by area, and by function. */
export async function profileTables(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile')).sort();
  const tables = files.map(async (file) => {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    const lines = [costs(profile, areaOf), costs(profile, functionOf)].map((list) => list.slice(0, SHOWN).map(line).join('\n'));
    return `${file}: own time by area, by function\n${lines.join('\n\n')}`;
  });
  return (await Promise.all(tables)).join('\n\n');
}

function line({ name, share }: Cost): string {
  return `${(100 * share).toFixed(1).padStart(5)} %  ${name}`;
}

/** Own time by name, the most first; idle time is none. */
export function costs({ nodes, samples, timeDeltas }: CpuProfile, nameOf: (frame: CallFrame) => string): readonly Cost[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, number>();
  for (const [at, sample] of samples.entries()) {
    const frame = frames.get(sample);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const name = nameOf(frame);
    micros.set(name, (micros.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const total = micros.values().reduce((sum, value) => sum + value, 0);
  return [...micros].map(([name, value]) => ({ name, share: value / total })).sort((a, b) => b.share - a.share);
}

/** A package, a part of Node, or the engine itself; `(program)` is native code: the kernel, nghttp2, TLS. */
export function areaOf({ functionName, url }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native functions)';
  if (url.startsWith('node:')) return url;
  const [, packageName] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  const [, folder] = /\/(packages\/[^/]+|test\/[^/]+)\//.exec(url) ?? [];
  return packageName ?? folder ?? url;
}

function functionOf(frame: CallFrame): string {
  const { functionName, url, lineNumber } = frame;
  return `${functionName || '(anonymous)'}  ${url === '' ? '' : `${areaOf(frame)} ${url.split('/').at(-1)}:${lineNumber + 1}`}`;
}

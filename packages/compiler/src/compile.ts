import { type Diagnostic, type MeshState, meshId, proxyName } from '@meshwright/model';
import { contentHash, type MeshSnapshot, type ProxySnapshot, type Source, type TypeSnapshot, typeVersion } from '@meshwright/snapshot';
import { COMPILER_BUILD } from './build.ts';
import { collectDiagnostics, isolated, type Report } from './diagnostics.ts';
import type { ProxyIr } from './ir/proxy.ts';
import { proxyResolver } from './resolve/proxies.ts';
import { compareText, type ResourcesByKind, resourcesByKind } from './resolve/resourcesByKind.ts';
import { reportUnsupported } from './resolve/support.ts';
import { type Translation, translateProxy } from './translate/translate.ts';

/** What a mesh compiles to. */
export interface Compiled {
  readonly snapshot: MeshSnapshot;
  readonly diagnostics: readonly Diagnostic[];
  /** What was encoded, by what it was encoded from: handed to the next compile of the mesh, it saves encoding that again. */
  readonly encodings: ReadonlyMap<string, Encoding>;
}

/** The bytes of one Envoy resource and their hash. */
export interface Encoding {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/**
 * Compiles a mesh: one proxy per virtual node, none when the mesh was deleted. Pure: equal states give equal bytes, whatever the
 * order of their resources. A mistake in a resource becomes a diagnostic there, the rest is compiled.
 * @param epoch raised by a restore; 1 unless told.
 * @param previous an earlier result for the same mesh, which saves work. A proxy on which the compiler fails keeps what it had there.
 */
export function compile(state: MeshState, epoch = 1, previous?: Compiled): Compiled {
  const { report, sorted } = collectDiagnostics();
  const index = resourcesByKind(state);
  if (index !== undefined) reportUnsupported(index, report);
  const encodings = new Map<string, Encoding>();
  const proxies = index === undefined ? new Map<string, ProxySnapshot>() : compileProxies(index, report, encodings, previous);
  const version = { epoch, n: state.generation, build: COMPILER_BUILD };
  const resources = resourcesOf(proxies, encodings, previous);
  return { snapshot: { mesh: meshId(state.mesh), version, resources, proxies }, diagnostics: sorted(), encodings };
}

function compileProxies(
  index: ResourcesByKind,
  report: Report,
  encodings: Map<string, Encoding>,
  previous: Compiled | undefined,
): ReadonlyMap<string, ProxySnapshot> {
  const resolve = proxyResolver(index, report);
  const proxies = new Map<string, ProxySnapshot>();
  for (const node of index.nodes.values()) {
    const name = proxyName(node.ref);
    const last = previous?.snapshot.proxies.get(name);
    const consequence = last === undefined ? 'its proxy is not served' : 'its proxy keeps what it had';
    const compiled = isolated(node.ref, report, consequence, () => proxySnapshot(resolve(node), encodings, previous?.encodings)) ?? last;
    if (compiled !== undefined) proxies.set(name, compiled);
  }
  return proxies;
}

/** What the proxies refer to, in the order of the hashes. */
function resourcesOf(
  proxies: ReadonlyMap<string, ProxySnapshot>,
  encodings: ReadonlyMap<string, Encoding>,
  previous: Compiled | undefined,
): ReadonlyMap<string, Uint8Array> {
  const encoded = new Map(Array.from(encodings.values(), ({ hash, bytes }) => [hash, bytes]));
  const types = [...proxies.values()].flatMap((proxy) => [...proxy.types.values()]);
  const hashes = new Set(types.flatMap(({ references }) => [...references.values()]));
  return new Map(
    [...hashes].sort(compareText).flatMap((hash) => {
      const bytes = encoded.get(hash) ?? previous?.snapshot.resources.get(hash);
      return bytes === undefined ? [] : [[hash, bytes] as const];
    }),
  );
}

function proxySnapshot(
  proxy: ProxyIr,
  encodings: Map<string, Encoding>,
  previous: ReadonlyMap<string, Encoding> | undefined,
): ProxySnapshot {
  const types = new Map<string, TypeSnapshot>();
  const sources = new Map<string, Source>();
  for (const [typeUrl, translations] of translateProxy(proxy)) {
    const references = new Map<string, string>();
    for (const translation of [...translations].sort((a, b) => compareText(a.ir.name, b.ir.name))) {
      const { name, source } = translation.ir;
      references.set(name, encodeOnce(typeUrl, translation, encodings, previous).hash);
      sources.set(`${typeUrl}/${name}`, source);
    }
    types.set(typeUrl, { version: typeVersion(references), references });
  }
  return { types, endpointQueries: new Map(), sources };
}

/** Encoding is most of the work of compiling; proxies share clusters, and most of a mesh is unchanged since it was last compiled. */
function encodeOnce(
  typeUrl: string,
  { ir, encode }: Translation,
  encodings: Map<string, Encoding>,
  previous: ReadonlyMap<string, Encoding> | undefined,
): Encoding {
  const key = `${typeUrl} ${JSON.stringify(ir)}`;
  const known = encodings.get(key) ?? previous?.get(key);
  const encoding = known ?? hashed(encode());
  encodings.set(key, encoding);
  return encoding;
}

function hashed(bytes: Uint8Array): Encoding {
  return { hash: contentHash(bytes), bytes };
}

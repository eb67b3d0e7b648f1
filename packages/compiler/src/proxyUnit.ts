import { proxyName, type Ref } from '@meshwright/model';
import { type ProxySnapshot, type Source, sourceKey, type TypeSnapshot, typeVersion } from '@meshwright/snapshot';
import { type Encoding, encoding } from './encoding.ts';
import { checkReferences } from './gate.ts';
import { sameValue } from './incremental/sameValue.ts';
import type { Reader, Unit } from './incremental/unit.ts';
import { partSources } from './ir/partSources.ts';
import type { ProxyIr } from './ir/proxy.ts';
import { compareText } from './resolve/compare.ts';
import { resolveGatewayProxy } from './resolve/gateway/gateway.ts';
import { resolveNodeProxy } from './resolve/nodeProxy.ts';
import { withoutOwnListeners } from './resolve/ownListeners.ts';
import { reportSize } from './sizes.ts';
import { checkSize } from './tooLarge.ts';
import { translateProxy } from './translate/translate.ts';

/** A proxy's part of a snapshot, and the bytes of what it refers to. */
export interface CompiledProxy {
  readonly content: ProxySnapshot;
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

/** The proxy of a virtual node or virtual gateway; undefined when there is no such resource. */
export const proxy: Unit<Ref<'virtualNode' | 'virtualGateway'>, CompiledProxy | undefined> = {
  name: 'proxy',
  keyOf: proxyName,
  work: ({ kind, ...ref }, reader) => {
    const ir = kind === 'virtualNode' ? nodeProxy(reader, { kind, ...ref }) : gatewayProxy(reader, { kind, ...ref });
    return ir && compiledProxy(reader, { kind, ...ref }, ir);
  },
  merge: mergeProxies,
};

function nodeProxy(reader: Reader, ref: Ref<'virtualNode'>): ProxyIr | undefined {
  const node = reader.get(ref);
  return node && resolveNodeProxy(reader, node);
}

function gatewayProxy(reader: Reader, ref: Ref<'virtualGateway'>): ProxyIr | undefined {
  const gateway = reader.get(ref);
  return gateway && withoutOwnListeners(resolveGatewayProxy(reader, gateway), gateway, reader.report);
}

function compiledProxy(reader: Reader, ref: Ref, proxy: ProxyIr): CompiledProxy {
  checkReferences(proxy);
  const types = new Map<string, TypeSnapshot>();
  const sources = new Map<string, Source>();
  const bytes = new Map<string, Uint8Array>();
  for (const [typeUrl, translations] of translateProxy(proxy)) {
    const references = new Map<string, string>();
    let sizeBytes = 0;
    for (const translation of [...translations].sort((a, b) => compareText(a.ir.name, b.ir.name))) {
      const { name, source } = translation.ir;
      const encoded: Encoding = reader.use(encoding, translation);
      sizeBytes += encoded.bytes.length;
      checkSize(typeUrl, sizeBytes);
      references.set(name, encoded.hash);
      bytes.set(encoded.hash, encoded.bytes);
      sources.set(sourceKey(typeUrl, name), source);
    }
    reportSize(reader.report, ref, typeUrl, sizeBytes);
    types.set(typeUrl, { version: typeVersion(references), references });
  }
  for (const config of proxy.routeConfigs) for (const [key, source] of partSources(config)) sources.set(key, source);
  return { content: { types, endpointQueries: new Map(), sources }, bytes };
}

/** Keeps every part that is as it was: snapshots share them from version to version. */
function mergeProxies(before: CompiledProxy | undefined, after: CompiledProxy | undefined): CompiledProxy | undefined {
  if (before === undefined || after === undefined) return after;
  const types = new Map(
    [...after.content.types].map(([typeUrl, type]) => {
      const known = before.content.types.get(typeUrl);
      return [typeUrl, known?.version === type.version ? known : type];
    }),
  );
  const isSame = [...types].every(([typeUrl, type]) => before.content.types.get(typeUrl) === type);
  const sources = shared(before.content.sources, after.content.sources);
  const endpointQueries = shared(before.content.endpointQueries, after.content.endpointQueries);
  if (isSame && sources === before.content.sources && endpointQueries === before.content.endpointQueries) return before;
  return { content: { types, endpointQueries, sources }, bytes: after.bytes };
}

function shared<Value>(before: Value, after: Value): Value {
  return sameValue(before, after) ? before : after;
}

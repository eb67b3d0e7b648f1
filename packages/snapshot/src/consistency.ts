import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { contentHash, typeVersion } from './hash.ts';
import type { MeshSnapshot, ProxySnapshot } from './snapshot.ts';
import { PART, sourceKey } from './sourceKey.ts';
import { compareVersions, formatVersion } from './version.ts';

/** Something in a snapshot that contradicts something else in it. */
export interface Inconsistency {
  /** Key of the proxy that must not be served; absent when the whole snapshot is concerned. */
  readonly proxy?: string;
  readonly message: string;
}

/**
 * Looks for contradictions in the structure of a snapshot: hashes, references, versions, queries, sources.
 * Envoy messages are not decoded here; whether a route names a cluster that exists is the compiler's to know.
 * @param checked hashes of resources that were looked at already
 */
export function checkConsistency(snapshot: MeshSnapshot, checked: ReadonlySet<string> = new Set()): readonly Inconsistency[] {
  const problems: Inconsistency[] = [];
  for (const [hash, bytes] of snapshot.resources) {
    if (checked.has(hash)) continue;
    if (contentHash(bytes) !== hash)
      problems.push({ message: `resource ${hash}: the hash of its ${bytes.length} bytes is ${contentHash(bytes)}` });
  }
  for (const [proxy, { version }] of snapshot.carriedOver ?? []) {
    if (!snapshot.proxies.has(proxy)) problems.push({ message: `carried over: there is no proxy ${proxy}` });
    const [from, into] = [formatVersion(version), formatVersion(snapshot.version)];
    if (compareVersions(version, snapshot.version) >= 0)
      problems.push({ proxy, message: `carried over from ${from} into ${into}, which is no later` });
  }
  for (const [proxy, content] of snapshot.proxies) {
    for (const message of proxyProblems(content, snapshot)) problems.push({ proxy, message });
  }
  return problems;
}

function* proxyProblems(proxy: ProxySnapshot, snapshot: MeshSnapshot): Generator<string> {
  const named = new Set<string>();
  for (const [typeUrl, { version, references }] of proxy.types) {
    if (version !== typeVersion(references))
      yield `${typeUrl}: version ${version} is not the hash of its references, ${typeVersion(references)}`;
    for (const [name, hash] of references) {
      named.add(sourceKey(typeUrl, name));
      if (!snapshot.resources.has(hash)) yield `${typeUrl}/${name}: there is no resource ${hash}`;
    }
  }
  for (const cluster of proxy.endpointQueries.keys()) {
    if (!named.has(`${CLUSTER_TYPE}/${cluster}`)) yield `endpoint query ${cluster}: the proxy has no such cluster`;
  }
  for (const source of proxy.sources.keys()) {
    if (!named.has(source) && !named.has(source.slice(0, source.indexOf(PART)))) yield `source ${source}: the proxy has no such resource`;
  }
}

import { readdir, readFile } from 'node:fs/promises';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSnapshot, readPublished } from './codec.ts';
import { checkConsistency } from './consistency.ts';
import { contentHash } from './hash.ts';
import type { CarriedOver, MeshSnapshot, SnapshotVersion } from './snapshot.ts';
import { sampleSnapshot } from './testing/sampleSnapshot.ts';
import { SnapshotUnreadable } from './unreadable.ts';
import { parseVersion } from './version.ts';

describe('encodeSnapshot and decodeSnapshot', () => {
  it('give back what was put in, whatever the names are', () => {
    return fc.assert(
      fc.asyncProperty(anySnapshot(), async (snapshot) => {
        const { bytes, key } = encodeSnapshot(snapshot);
        expect(await decode(bytes, key, snapshot)).toEqual(snapshot);
      }),
    );
  });

  it('give equal bytes for equal snapshots, in whatever order the maps were filled', () => {
    return fc.assert(
      fc.asyncProperty(anySnapshot(), async (snapshot) => {
        const encoded = encodeSnapshot(snapshot);
        expect(encodeSnapshot(reversed(snapshot))).toEqual(encoded);
        expect(encodeSnapshot(await decode(encoded.bytes, encoded.key, snapshot))).toEqual(encoded);
      }),
    );
  });

  it('keep the version out of the content hash and everything else in it', () => {
    const sample = sampleSnapshot();
    const { content, key } = encodeSnapshot(sample);
    expect(key).toBe(`1.1.1-${contentHash(encodeSnapshot(sample).bytes)}`);
    expect(encodeSnapshot({ ...sample, version: { epoch: 3, n: 90071992547409930n, build: 2 } })).toMatchObject({
      content,
      key: expect.stringMatching(/^3\.90071992547409930\.2-[0-9a-f]{32}$/),
    });
    const [name, proxy] = [...sample.proxies][0] ?? [];
    if (name === undefined || proxy === undefined) throw new Error('no proxy');
    const others: readonly MeshSnapshot[] = [
      { ...sample, mesh: 'other' },
      sampleSnapshot({ content: 'b' }),
      { ...sample, proxies: new Map([[name, proxy]]) },
      { ...sample, proxies: new Map([...sample.proxies, [name, { ...proxy, sources: new Map() }]]) },
      { ...sample, proxies: new Map([...sample.proxies, [name, { ...proxy, endpointQueries: new Map() }]]) },
      { ...sample, carriedOver: keptFrom(1n) },
      { ...sample, carriedOver: keptFrom(2n) },
      { ...sample, carriedOver: keptFrom(1n, 'another') },
    ];
    expect(new Set([content, ...others.map((other) => encodeSnapshot(other).content)])).toHaveProperty('size', others.length + 1);
  });

  it('refuse to write a reference without its resource', () => {
    expect(() => encodeSnapshot({ ...sampleSnapshot(), resources: new Map() })).toThrow(
      /refers to resource [0-9a-f]{32}, which it does not have/,
    );
  });
});

describe('decodeSnapshot refuses', () => {
  const { bytes, key } = encodeSnapshot(sampleSnapshot());

  it('every other file than the one the key names: any byte changed, any end cut off', async () => {
    for (let at = 0; at < bytes.length; at++) {
      expect(await reasonOf(decode(new Uint8Array(bytes).with(at, (bytes[at] ?? 0) ^ 0x10), key))).toMatch(/corrupt|truncated/);
      expect(await reasonOf(decode(bytes.subarray(0, at), key))).toBe('truncated');
    }
  });

  it('any bytes whatever, with their own hash as key or with another', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (noise, framed) => {
        const file = framed ? frame(noise, noise) : noise;
        expect(await reasonOf(decode(file, key))).toMatch(/corrupt|truncated/);
        expect(await reasonOf(decode(file, keyOf(file)))).toMatch(/otherFormat|inconsistent/);
      }),
    ));

  it.each([0, 1, 4])('a format it does not know, and names it: %d', async (format) => {
    const other = Buffer.from(bytes);
    other.writeUInt32BE(format, 4);
    await expect(decode(other, keyOf(other))).rejects.toThrow(`otherFormat: format ${format}, this build reads 2 to 3`);
  });

  it('a length in the header that is not the file’s', async () => {
    for (const at of [8, 12, 16]) {
      const other = Buffer.from(bytes);
      other.writeUInt32BE(0xffffffff, at);
      expect(await reasonOf(decode(other, keyOf(other)))).toBe('inconsistent');
    }
  });

  it.each([
    ['no object', 7],
    ['no version', ['1.1', {}]],
    ['nothing behind the version', ['1.1.1']],
    ['sizes that pass the end', index({ resources: [['aa', 4]] })],
    ['sizes that do not reach the end', index({ resources: [['aa', 2]] })],
    [
      'negative sizes',
      index({
        resources: [
          ['aa', 4],
          ['bb', -1],
        ],
      }),
    ],
    [
      'one resource twice',
      index({
        resources: [
          ['aa', 2],
          ['aa', 1],
        ],
      }),
    ],
    [
      'a reference to no resource',
      index({ proxies: [['p', { types: [['t', { version: 'v', references: [['r', 1]] }]], queries: [], sources: [] }]] }),
    ],
    ['a source that is not there', index({ proxies: [['p', { types: [], queries: [], sources: [0] }]] })],
    ['a source without a pointer', index({ sources: [['t/r', 'mesh']] })],
    ['a proxy without types', index({ proxies: [['p', { queries: [], sources: [] }]] })],
    ['no word of what was carried over', index({ carriedOver: undefined })],
    ['something carried over from no version', index({ carriedOver: [['p', ['1.1', 'why']]] })],
    ['something carried over without a reason', index({ carriedOver: [['p', ['1.1.1']]] })],
    ['a query that is no list', index({ proxies: [['p', { types: [], queries: [['c', {}]], sources: [] }]] })],
  ])('an index with %s', async (_, content) => {
    const file = frame(zstdCompressSync(JSON.stringify(content)), zstdCompressSync(Buffer.from('abc')));
    expect(await reasonOf(decode(file, keyOf(file)))).toBe('inconsistent');
  });

  it('more bytes than a reader takes, packed or unpacked', { timeout: 30_000 }, async () => {
    expect(await reasonOf(decode(new Uint8Array(64 * 1024 * 1024 + 1), key))).toBe('oversized');
    const bomb = frame(zstdCompressSync('["1.1.1",{}]'), zstdCompressSync(Buffer.alloc(256 * 1024 * 1024 + 1)));
    expect(await reasonOf(decode(bomb, keyOf(bomb)))).toBe('oversized');
  });
});

describe('a file of the format before', () => {
  it('is read, and the same content is published anew in this one', async () => {
    const folder = new URL('../testdata/format2/', import.meta.url);
    const [name = ''] = await readdir(folder);
    const old = await decode(await readFile(new URL(name, folder)), name.replace('.snapshot', ''));
    expect(old).toEqual(sampleSnapshot({ version: { n: 2n }, carriedOver: keptFrom(1n) }));
    // What format 2 gave this content for its hash.
    expect(encodeSnapshot(old).content).not.toBe('6b0699225eea52427dadd2920c77ea27');
  });
});

describe('readPublished', () => {
  it('gives the object the version of the head and refuses another mesh’s', async () => {
    const snapshot = sampleSnapshot();
    const { bytes, key } = encodeSnapshot(snapshot);
    const published = { key, version: { epoch: 1, n: 9n, build: 4 } };
    expect(await readPublished(async () => bytes, snapshot.mesh, published)).toEqual({ ...snapshot, version: published.version });
    expect(await reasonOf(readPublished(async () => bytes, 'other', published))).toBe('mismatched');
  });

  it('takes over what did not change since what the reader has', async () => {
    const before = { key: 'any', snapshot: sampleSnapshot() };
    const snapshot = sampleSnapshot({ version: { n: 2n }, proxies: 3 });
    const { bytes, key } = encodeSnapshot(snapshot);
    const read = await readPublished(async () => bytes, snapshot.mesh, { key, version: snapshot.version }, before);
    expect(read).toEqual(snapshot);
    const [one, same] = [read, before.snapshot].map(({ proxies }) => proxies.get('virtualNode/node0'));
    expect(one?.endpointQueries).toBe(same?.endpointQueries);
    for (const [typeUrl, type] of one?.types ?? []) expect(type).toBe(same?.types.get(typeUrl));
  });
});

describe('checkConsistency', () => {
  it('finds nothing in a sound snapshot, before and after the file', async () => {
    const { bytes, key } = encodeSnapshot(sampleSnapshot());
    expect(checkConsistency(sampleSnapshot())).toEqual([]);
    expect(checkConsistency(await decode(bytes, key))).toEqual([]);
  });

  it('knows of no proxy that was carried over and is not there, nor from a version that is no earlier', () => {
    const version = { n: 2n };
    expect(checkConsistency(sampleSnapshot({ version, carriedOver: keptFrom(1n) }))).toEqual([]);
    expect(checkConsistency(sampleSnapshot({ version, proxies: 0, carriedOver: keptFrom(2n) }))).toEqual([
      { message: 'carried over: there is no proxy virtualNode/node0' },
      { proxy: 'virtualNode/node0', message: 'carried over from 1.2.1 into 1.2.1, which is no later' },
    ]);
  });

  it('names the proxy and what contradicts what', () => {
    const sample = sampleSnapshot({ proxies: 1 });
    const [name, proxy] = [...sample.proxies][0] ?? [];
    const [[typeUrl, type] = []] = [...(proxy?.types ?? [])];
    if (name === undefined || proxy === undefined || typeUrl === undefined || type === undefined) throw new Error('no proxy');
    const found = checkConsistency({
      ...sample,
      resources: new Map([...sample.resources, ['00', new Uint8Array(3)]]),
      proxies: new Map([
        [
          name,
          {
            types: new Map([[typeUrl, { version: type.version, references: new Map([['gone', 'ff']]) }]]),
            endpointQueries: proxy.endpointQueries,
            sources: proxy.sources,
          },
        ],
      ]),
    });
    expect(found.map(({ proxy: where, message }) => [where, message.replaceAll(/[0-9a-f]{32}/g, 'HASH')])).toEqual([
      [undefined, 'resource 00: the hash of its 3 bytes is HASH'],
      [name, `${typeUrl}: version HASH is not the hash of its references, HASH`],
      [name, `${typeUrl}/gone: there is no resource ff`],
      [name, 'endpoint query backend: the proxy has no such cluster'],
      [name, `source ${typeUrl}/egress: the proxy has no such resource`],
    ]);
  });
});

/** A file that is whole; the version is that of the snapshot. */
function decode(bytes: Uint8Array, key: string, { mesh, version }: Pick<MeshSnapshot, 'mesh' | 'version'> = sampleSnapshot()) {
  const written = parseVersion(key.replace(/-.*/, '')) ?? version;
  return readPublished(async () => bytes, mesh, { key, version: written });
}

async function reasonOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof SnapshotUnreadable) return error.reason;
    throw error;
  }
  return 'readable';
}

function keyOf(file: Uint8Array): string {
  return `1.1.1-${contentHash(file)}`;
}

function frame(indexPart: Uint8Array, bodiesPart: Uint8Array): Buffer {
  const header = Buffer.from('MWSS\0\0\0\u0003\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
  header.writeUInt32BE(indexPart.length, 8);
  header.writeUInt32BE(bodiesPart.length, 12);
  return Buffer.concat([header, indexPart, bodiesPart]);
}

function index(changed: object): readonly unknown[] {
  return ['1.1.1', { mesh: 'm', resources: [['aa', 3]], sources: [], proxies: [], carriedOver: [], ...changed }];
}

function reversed(snapshot: MeshSnapshot): MeshSnapshot {
  const turn = <Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> => new Map([...map].reverse());
  const proxies = [...snapshot.proxies].map(([name, { types, endpointQueries, sources }]) => {
    const turned = [...types].map(([typeUrl, type]) => [typeUrl, { ...type, references: turn(type.references) }] as const);
    const queries = [...endpointQueries].map(([cluster, query]) => [cluster, Object.fromEntries(Object.entries(query).reverse())] as const);
    return [name, { types: turn(new Map(turned)), endpointQueries: turn(new Map(queries)), sources: turn(sources) }] as const;
  });
  const kept = snapshot.carriedOver && { carriedOver: turn(snapshot.carriedOver) };
  return { ...snapshot, resources: turn(snapshot.resources), proxies: turn(new Map(proxies)), ...kept };
}

function keptFrom(n: bigint, reason = 'no cluster'): ReadonlyMap<string, CarriedOver> {
  return new Map([['virtualNode/node0', { version: { epoch: 1, n, build: 1 }, reason }]]);
}

function anyVersion(): fc.Arbitrary<SnapshotVersion> {
  return fc.record({ epoch: fc.nat(), n: fc.bigInt({ min: 0n, max: 2n ** 80n }), build: fc.nat() });
}

function anySnapshot(): fc.Arbitrary<MeshSnapshot> {
  const name = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '10', '9', ''));
  const mapOf = <Value>(key: fc.Arbitrary<string>, value: fc.Arbitrary<Value>): fc.Arbitrary<ReadonlyMap<string, Value>> =>
    fc.uniqueArray(fc.tuple(key, value), { selector: ([entry]) => entry, maxLength: 4 }).map((entries) => new Map(entries));
  const resources = fc.uniqueArray(fc.uint8Array({ maxLength: 30 }), { selector: contentHash, minLength: 1, maxLength: 5 });
  return resources.chain((bodies) => {
    const hashes = bodies.map(contentHash);
    const proxy = fc.record({
      types: mapOf(name, fc.record({ version: name, references: mapOf(name, fc.constantFrom(...hashes)) })),
      endpointQueries: mapOf(
        name,
        mapOf(name, name).map((query) => Object.fromEntries(query)),
      ),
      sources: mapOf(name, fc.record({ resource: name, pointer: name })),
    });
    const snapshot = fc.record({
      mesh: name,
      version: anyVersion(),
      resources: fc.constant(new Map(bodies.map((body) => [contentHash(body), body]))),
      proxies: mapOf(name, proxy),
      carriedOver: mapOf(name, fc.record({ version: anyVersion(), reason: name })),
    });
    // Empty is read back as left out.
    return snapshot.map(({ carriedOver, ...rest }) => (carriedOver.size === 0 ? rest : { ...rest, carriedOver }));
  });
}

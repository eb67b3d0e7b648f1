import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSnapshot, encodeSnapshot, openPublished } from './codec.ts';
import { checkConsistency } from './consistency.ts';
import { contentHash } from './hash.ts';
import type { CarriedOver, MeshSnapshot, SnapshotVersion } from './snapshot.ts';
import { sampleSnapshot } from './testing/sampleSnapshot.ts';
import { SnapshotUnreadable } from './unreadable.ts';

describe('encodeSnapshot and decodeSnapshot', () => {
  it('give back what was put in, whatever the names are', () => {
    fc.assert(
      fc.property(anySnapshot(), (snapshot) => {
        const { bytes, key } = encodeSnapshot(snapshot);
        expect(decodeSnapshot(bytes, key)).toEqual(snapshot);
      }),
    );
  });

  it('give equal bytes for equal snapshots, in whatever order the maps were filled', () => {
    fc.assert(
      fc.property(anySnapshot(), (snapshot) => {
        const encoded = encodeSnapshot(snapshot);
        expect(encodeSnapshot(reversed(snapshot))).toEqual(encoded);
        expect(encodeSnapshot(decodeSnapshot(encoded.bytes, encoded.key))).toEqual(encoded);
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

  it('do not let one body keep the others in memory', () => {
    const { bytes, key } = encodeSnapshot(sampleSnapshot());
    for (const body of decodeSnapshot(bytes, key).resources.values()) expect(body.buffer.byteLength).toBe(body.length);
  });

  it('refuse to write a reference without its resource', () => {
    expect(() => encodeSnapshot({ ...sampleSnapshot(), resources: new Map() })).toThrow(
      /refers to resource [0-9a-f]{32}, which it does not have/,
    );
  });
});

describe('decodeSnapshot refuses', () => {
  const { bytes, key } = encodeSnapshot(sampleSnapshot());

  it('every other file than the one the key names: any byte changed, any end cut off', () => {
    for (let at = 0; at < bytes.length; at++) {
      expect(reasonOf(() => decodeSnapshot(new Uint8Array(bytes).with(at, (bytes[at] ?? 0) ^ 0x10), key))).toMatch(/corrupt|truncated/);
      expect(reasonOf(() => decodeSnapshot(bytes.subarray(0, at), key))).toBe('truncated');
    }
  });

  it('any bytes whatever, with their own hash as key or with another', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, framed) => {
        const file = framed ? frame(noise, noise) : noise;
        expect(reasonOf(() => decodeSnapshot(file, key))).toMatch(/corrupt|truncated/);
        expect(reasonOf(() => decodeSnapshot(file, keyOf(file)))).toMatch(/otherFormat|inconsistent/);
      }),
    );
  });

  it.each([0, 3])('a format it does not know, and names it: %d', (format) => {
    const other = Buffer.from(bytes);
    other.writeUInt32BE(format, 4);
    expect(() => decodeSnapshot(other, keyOf(other))).toThrow(`otherFormat: format ${format}, this build reads 1 to 2`);
  });

  it('a length in the header that is not the file’s', () => {
    for (const at of [8, 12]) {
      const other = Buffer.from(bytes);
      other.writeUInt32BE(0xffffffff, at);
      expect(reasonOf(() => decodeSnapshot(other, keyOf(other)))).toBe('inconsistent');
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
  ])('an index with %s', (_, content) => {
    const file = frame(gzipSync(JSON.stringify(content)), gzipSync(Buffer.from('abc')));
    expect(reasonOf(() => decodeSnapshot(file, keyOf(file)))).toBe('inconsistent');
  });

  it('more bytes than a reader takes, packed or unpacked', { timeout: 30_000 }, () => {
    expect(reasonOf(() => decodeSnapshot(new Uint8Array(64 * 1024 * 1024 + 1), key))).toBe('oversized');
    // gzip streams one behind the other are one: packing 4 MiB once takes a second less than packing all of it.
    const zeros = gzipSync(Buffer.alloc(4 * 1024 * 1024), { level: 1 });
    const bomb = frame(gzipSync('["1.1.1",{}]'), Buffer.concat([...Array<Buffer>(64).fill(zeros), gzipSync(Buffer.alloc(1))]));
    expect(reasonOf(() => decodeSnapshot(bomb, keyOf(bomb)))).toBe('oversized');
  });
});

describe('a file of the format before', () => {
  it('is read, and the same content is published anew in this one', async () => {
    const folder = new URL('../testdata/format1/', import.meta.url);
    const [name = ''] = await readdir(folder);
    const old = decodeSnapshot(await readFile(new URL(name, folder)), name.replace('.snapshot', ''));
    expect(old).toEqual(sampleSnapshot());
    // What format 1 gave this content for its hash.
    expect(encodeSnapshot(old).content).not.toBe('f4b9957f3519ba0aee9b65d75a84c6ef');
  });
});

describe('openPublished', () => {
  it('gives the object the version of the head and refuses another mesh’s', () => {
    const snapshot = sampleSnapshot();
    const { bytes, key, content } = encodeSnapshot(snapshot);
    const published = { key, content, version: { epoch: 1, n: 9n, build: 4 } };
    expect(openPublished(bytes, snapshot.mesh, published)).toEqual({ ...snapshot, version: published.version });
    expect(reasonOf(() => openPublished(bytes, 'other', published))).toBe('mismatched');
  });
});

describe('checkConsistency', () => {
  it('finds nothing in a sound snapshot, before and after the file', () => {
    const { bytes, key } = encodeSnapshot(sampleSnapshot());
    expect(checkConsistency(sampleSnapshot())).toEqual([]);
    expect(checkConsistency(decodeSnapshot(bytes, key))).toEqual([]);
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

function reasonOf(act: () => unknown): string {
  try {
    act();
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
  const header = Buffer.from('MWSS\0\0\0\u0002\0\0\0\0\0\0\0\0', 'latin1');
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

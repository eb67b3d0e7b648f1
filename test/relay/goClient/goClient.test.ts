import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import type { Relay, TransportName } from '@meshwright/relay';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../setup/requires.ts';
import { PROXY } from '../handMadeMesh.ts';
import { publish, startRelay, TRANSPORTS } from '../relayUnderTest.ts';
import { endpoints, FIRST, type ProxyContent, snapshotOf } from './content.ts';
import { GoClient, type GoResponse, type GoStream } from './goClient.ts';

// Envoy's rules once more, by a client that shares no code with the relay. That nothing is sent is seen by what comes next:
// a stream's responses arrive in the order in which they were sent.

const node = { id: PROXY };
const TYPES: Readonly<Record<string, string>> = {
  [CLUSTER_TYPE]: 'cds',
  [ENDPOINT_TYPE]: 'eds',
  [LISTENER_TYPE]: 'lds',
  [ROUTE_TYPE]: 'rds',
};
const ALL = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];
const namesOf = ({ resources }: GoResponse): readonly string[] => resources.map(({ name }) => name);
const short = (response: GoResponse): string => `${TYPES[response.typeUrl]} ${[...namesOf(response)].sort().join()}`.trimEnd();
const subscription = (typeUrl: string): readonly string[] =>
  typeUrl === ENDPOINT_TYPE ? ['a', 'b', 'c'] : typeUrl === ROUTE_TYPE ? ['r'] : [];

let client: GoClient;
let snapshots: MemorySnapshots;
let relays: Relay[];
let n: number;
let transport: TransportName;
beforeEach(async () => {
  relays = [];
  n = 0;
  snapshots = new MemorySnapshots();
  client = await GoClient.start();
  await put(FIRST);
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await Promise.all(relays.map((relay) => relay.close(0)));
});

async function put(content: ProxyContent): Promise<void> {
  n += 1;
  await publish(snapshots, snapshotOf(n, content));
}

async function startOne(): Promise<number> {
  const { relay, port } = await startRelay({ snapshots, endpoints, transport });
  relays.push(relay);
  return port;
}

/** Asks for types in state of the world and acknowledges each answer as it comes. */
async function boot(stream: GoStream, types: readonly string[] = ALL): Promise<readonly GoResponse[]> {
  for (const [at, typeUrl] of types.entries()) {
    stream.send({ ...(at === 0 && { node }), typeUrl, resourceNames: subscription(typeUrl) });
  }
  return take(stream, types.length, true);
}

/** The next responses, acknowledged; @param named whether with their names, as in state of the world. */
async function take(stream: GoStream, count: number, named: boolean): Promise<readonly GoResponse[]> {
  const taken: GoResponse[] = [];
  while (taken.length < count) {
    const response = await stream.next();
    stream.ack(response, named ? { resourceNames: subscription(response.typeUrl) } : { versionInfo: undefined });
    taken.push(response);
  }
  return taken;
}

async function bootDelta(stream: GoStream, known: Readonly<Record<string, Readonly<Record<string, string>>>> = {}): Promise<void> {
  for (const [at, typeUrl] of ALL.entries()) {
    const initialResourceVersions = known[typeUrl] ?? {};
    stream.send({ ...(at === 0 && { node }), typeUrl, resourceNamesSubscribe: subscription(typeUrl), initialResourceVersions });
  }
}

describeWith(['Go client'], 'a client in Go', () => {
  describe.each(TRANSPORTS)('over %s', (name) => {
    beforeEach(() => {
      transport = name;
    });

    it('is sent clusters, endpoints, listeners, routes in this order, at boot and by an update of all', async () => {
      const stream = client.open('sotw', await startOne());
      const first = await boot(stream, [...ALL].reverse());
      expect(first.map(short)).toEqual(['cds a,b,c', 'eds a,b,c', 'lds in', 'rds r']);
      await put({ clusters: { a: '2', b: '2', c: '2' }, listeners: { in: '2' }, routes: { r: '2' } });
      expect((await take(stream, 4, true)).map(short)).toEqual(['cds a,b,c', 'eds a,b,c', 'lds in', 'rds r']);
    });

    it('has a change of names with a stale nonce honoured, and a mere stale acknowledgement ignored', async () => {
      const stream = client.open('sotw', await startOne());
      const [clusters] = await boot(stream, [CLUSTER_TYPE]);
      stream.send({ typeUrl: ENDPOINT_TYPE, resourceNames: ['a'] });
      const endpointsOfA = await stream.next();
      stream.send({ typeUrl: ENDPOINT_TYPE, resourceNames: ['a'], responseNonce: 'stale', versionInfo: 'stale' });
      stream.send({ typeUrl: ENDPOINT_TYPE, resourceNames: ['a', 'b'], responseNonce: 'stale' });
      stream.ack(endpointsOfA, { resourceNames: ['a', 'b'] });
      expect(short(await stream.next())).toBe('eds b');
      stream.send({ typeUrl: CLUSTER_TYPE, responseNonce: 'stale', versionInfo: clusters?.version });
      stream.send({ typeUrl: LISTENER_TYPE });
      expect(short(await stream.next())).toBe('lds in');
    });

    it('is sent a name again that it dropped and asks for again', async () => {
      const stream = client.open('sotw', await startOne());
      await boot(stream, [CLUSTER_TYPE, ENDPOINT_TYPE]);
      const ask = (resourceNames: readonly string[]) => stream.send({ typeUrl: ENDPOINT_TYPE, resourceNames, responseNonce: 'any' });
      ask(['a']);
      ask(['a', 'b']);
      expect(short(await stream.next())).toBe('eds b');
    });

    it('gets everything for an empty first list and for *, and nothing for an empty list after names', async () => {
      const port = await startOne();
      const [empty, star, named] = [client.open('sotw', port), client.open('sotw', port), client.open('sotw', port)];
      empty.send({ node, typeUrl: CLUSTER_TYPE });
      star.send({ node, typeUrl: CLUSTER_TYPE, resourceNames: ['*'] });
      named.send({ node, typeUrl: CLUSTER_TYPE, resourceNames: ['b'] });
      expect([short(await empty.next()), short(await star.next())]).toEqual(['cds a,b,c', 'cds a,b,c']);
      const only = await named.next();
      expect(short(only)).toBe('cds b');
      named.ack(only, { resourceNames: [] }).send({ typeUrl: LISTENER_TYPE });
      expect(short(await named.next())).toBe('lds in');
    });

    it('is answered a name it drops while * stays, with the resource or its removal', async () => {
      const stream = client.open('delta', await startOne());
      stream.send({ node, typeUrl: CLUSTER_TYPE });
      await take(stream, 1, false);
      stream.send({ typeUrl: CLUSTER_TYPE, resourceNamesUnsubscribe: ['a', 'nowhere'] });
      expect(await stream.next()).toMatchObject({ resources: [{ name: 'a' }], removed: ['nowhere'] });
    });

    it('is told that an unknown name is not there, and gets it when it appears', async () => {
      const stream = client.open('delta', await startOne());
      stream.send({ node, typeUrl: CLUSTER_TYPE, resourceNamesSubscribe: ['later'] });
      const [told] = await take(stream, 1, false);
      expect(told).toMatchObject({ resources: [], removed: ['later'] });
      await put({ ...FIRST, clusters: { ...FIRST.clusters, later: '1' } });
      expect(await stream.next()).toMatchObject({ resources: [{ name: 'later' }], removed: [] });
    });

    it('that comes again in delta with versions is sent no equal wildcard type, named ones all the same, and what went meanwhile', async () => {
      const port = await startOne();
      const first = client.open('delta', port);
      await bootDelta(first);
      const had = await take(first, 4, false);
      first.close();
      const known = had.map(({ typeUrl, resources }) => [
        typeUrl,
        Object.fromEntries(resources.map(({ name, version = '' }) => [name, version])),
      ]);
      const again = client.open('delta', port);
      await bootDelta(again, Object.fromEntries(known));
      expect((await take(again, 2, false)).map(short)).toEqual(['eds a,b,c', 'rds r']);
      again.close();
      const { c: _gone, ...clusters } = FIRST.clusters;
      await put({ ...FIRST, clusters });
      const late = client.open('delta', port);
      await bootDelta(late, Object.fromEntries(known));
      const answers = [await late.next()];
      while (!answers.some(({ typeUrl, removed }) => typeUrl === CLUSTER_TYPE && removed.includes('c'))) {
        late.ack(answers.at(-1) as GoResponse, { versionInfo: undefined });
        answers.push(await late.next());
      }
      expect(answers.filter(({ typeUrl }) => typeUrl === CLUSTER_TYPE).flatMap(namesOf)).toEqual([]);
    });

    it('is not sent again what it refused before it changes, and everything else meanwhile', async () => {
      const stream = client.open('sotw', await startOne());
      stream.send({ node, typeUrl: CLUSTER_TYPE });
      await take(stream, 1, true);
      stream.send({ typeUrl: LISTENER_TYPE });
      const refused = await stream.next();
      stream.send({ typeUrl: LISTENER_TYPE, responseNonce: refused.nonce, errorDetail: { code: 3, message: 'cannot bind' } });
      await put({ ...FIRST, clusters: { a: '2' } });
      const [clusters] = await take(stream, 1, true);
      expect(short(clusters as GoResponse)).toMatch(/^cds a/);
      await put({ ...FIRST, clusters: { a: '2' }, listeners: { in: '2' } });
      const responses = [await stream.next()];
      while (responses.at(-1)?.typeUrl !== LISTENER_TYPE) {
        stream.ack(responses.at(-1) as GoResponse);
        responses.push(await stream.next());
      }
      expect(responses.at(-1)?.resources[0]?.sha256).not.toBe(refused.resources[0]?.sha256);
    });

    it('may not say later that it is another node, need not say it again, and leaves others in peace', async () => {
      const port = await startOne();
      const [other, stream] = [client.open('sotw', port), client.open('delta', port)];
      stream.send({ node, typeUrl: CLUSTER_TYPE });
      await take(stream, 1, false);
      stream.send({ node: { id: 'virtualNode/other' }, typeUrl: LISTENER_TYPE });
      expect(await stream.ended()).toMatchObject({ code: 'PermissionDenied' });
      expect((await boot(other)).map(short)).toEqual(['cds a,b,c', 'eds a,b,c', 'lds in', 'rds r']);
    });

    it('that asks for routes nobody knows hears nothing in state of the world, and gets them once they exist', async () => {
      const stream = client.open('sotw', await startOne());
      await boot(stream, [CLUSTER_TYPE]);
      stream.send({ typeUrl: ROUTE_TYPE, resourceNames: ['later'] }).send({ typeUrl: LISTENER_TYPE });
      expect((await take(stream, 1, true)).map(short)).toEqual(['lds in']);
      await put({ ...FIRST, routes: { r: '1', later: '1' } });
      expect(short(await stream.next())).toBe('rds later');
    });

    it('that moves from one relay to another finds equal versions there and is sent nothing it has', async () => {
      const [one, two] = [await startOne(), await startOne()];
      const first = client.open('sotw', one);
      const had = await boot(first);
      first.close();
      const second = client.open('sotw', two);
      for (const [at, { typeUrl, version }] of had.entries()) {
        second.send({ ...(at === 0 && { node }), typeUrl, versionInfo: version, resourceNames: subscription(typeUrl) });
      }
      const sent = await take(second, 1, true);
      // Envoy asks for endpoints anew after every connection and must be answered; clusters, listeners and routes it has.
      expect(sent.map(short)).toEqual(['eds a,b,c']);
      expect(sent[0]).toMatchObject({ version: had[1]?.version, resources: had[1]?.resources });
      await put({ ...FIRST, routes: { r: '2' } });
      expect(short(await second.next())).toBe('rds r');
    });
  });
});

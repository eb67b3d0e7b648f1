import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProxyStatusEvent } from '../ports.ts';
import { createRelay, type Relay, type Serving, type TransportName } from '../relay.ts';
import type { RelaySettings } from '../settings.ts';
import { ScriptedSnapshots } from '../testing/store.ts';
import type { WarmUpOutcome } from './warmUp.ts';

const relays: Relay[] = [];
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close(0);
});

/** A relay nobody has reached, and all that was told and asked while it started. */
function start(settings: Partial<RelaySettings>, serving: Partial<Serving> = {}) {
  const snapshots = new ScriptedSnapshots();
  const told = { outcomes: [] as WarmUpOutcome[], events: [] as ProxyStatusEvent[], asked: 0, timers: new Set<object>() };
  const parts = {
    snapshots,
    endpoints: { current: () => undefined, subscribe: () => () => {} },
    authenticate: () => {
      told.asked += 1;
      return { kind: 'refused', reason: 'nobody is expected' } as const;
    },
    onStatus: (event: ProxyStatusEvent) => told.events.push(event),
    now: () => performance.now(),
    setTimer: (callback: () => void, millis: number) => {
      const timer = setTimeout(() => {
        told.timers.delete(timer);
        callback();
      }, millis);
      told.timers.add(timer);
      return () => {
        told.timers.delete(timer);
        clearTimeout(timer);
      };
    },
    // It may take what it takes: this machine may have other work.
    settings: { warmUpMillis: 60_000, ...settings },
  };
  const relay = createRelay(parts, { random: Math.random, onWarmUp: (outcome) => told.outcomes.push(outcome), ...serving });
  relays.push(relay);
  return { relay, snapshots, told };
}

describe.each<TransportName>(['http2', 'grpc-js'])('a relay that warms up, by %s', (transport) => {
  it('serves as many streams to itself as it is told, before it listens, and nothing of it is seen', async () => {
    const { relay, snapshots, told } = start({ warmUpStreams: 12, streamBurst: 1, firstPushes: 1, streamsPerProxy: 1 }, { transport });
    const { port } = await relay.listen('127.0.0.1:0');
    expect(port).toBeGreaterThan(0);
    expect(told.outcomes).toEqual([{ served: 12, millis: expect.any(Number) }]);
    expect(told).toMatchObject({ events: [], asked: 0 });
    expect(snapshots).toMatchObject({ headReads: 0, reads: 0 });
    await expect.poll(() => told.timers.size).toBe(0);
    expect(relay.queueLength).toBe(0);
  });

  it('serves none when that is 0', async () => {
    const { relay, told } = start({ warmUpStreams: 0 }, { transport });
    await relay.listen('127.0.0.1:0');
    expect(told.outcomes).toEqual([]);
  });
});

it('starts when there was no time for all of it', async () => {
  const { relay, told } = start({ warmUpStreams: 12, warmUpMillis: 0 });
  await relay.listen('127.0.0.1:0');
  expect(told.outcomes).toEqual([{ served: 0, millis: expect.any(Number), failure: 'it took longer than 0 ms' }]);
  await expect.poll(() => told.timers.size).toBe(0);
});

it('starts when it cannot serve itself', async () => {
  // No transport takes streams then, those of the warm-up included.
  const { relay, told } = start({ warmUpStreams: 12, streamsPerConnection: 0 });
  await relay.listen('127.0.0.1:0');
  expect(told.outcomes).toEqual([{ served: 0, millis: expect.any(Number), failure: expect.any(String) }]);
  await expect.poll(() => told.timers.size).toBe(0);
});

it('leaves it to the start to say that there is no certificate, and that an address is taken', async () => {
  const tls = { read: () => Promise.reject(new Error('there is no such file')), onFailure: () => {} };
  const secured = start({ warmUpStreams: 12 }, { tls });
  await expect(secured.relay.listen('127.0.0.1:0')).rejects.toThrow('there is no such file');
  expect(secured.told.outcomes).toMatchObject([{ served: 0, failure: 'there is no such file' }]);
  await using taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const plain = start({ warmUpStreams: 12 });
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(plain.relay.listen(`127.0.0.1:${port}`)).rejects.toThrow('EADDRINUSE');
});

it('does not listen once it was closed meanwhile', async () => {
  const { relay, told } = start({ warmUpStreams: 12 });
  const listening = relay.listen('127.0.0.1:0');
  await relay.close(0);
  await expect(listening).rejects.toThrow('the relay was closed before it listened');
  expect(told.outcomes).toMatchObject([{ served: 0, failure: expect.any(String) }]);
  await expect.poll(() => told.timers.size).toBe(0);
});

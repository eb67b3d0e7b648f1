import { MemorySnapshots } from '@meshwright/local';
import { createRelay, type WarmUpOutcome } from '@meshwright/relay';
import { expect, it } from 'vitest';
import { makeAuthority } from './certificates.ts';
import { TestEndpoints, TRANSPORTS } from './relayUnderTest.ts';

it.each(TRANSPORTS)('a relay that asks for certificates warms up with its own, by %s', async (transport) => {
  const authority = makeAuthority();
  const material = { ...authority.issue({ dns: 'relay.test' }), clientAuthorities: authority.certificate };
  const outcomes: WarmUpOutcome[] = [];
  const relay = createRelay(
    {
      snapshots: new MemorySnapshots(),
      endpoints: new TestEndpoints(),
      authenticate: () => expect.unreachable('nobody has connected'),
      onStatus: (event) => expect.unreachable(event.kind),
      now: () => performance.now(),
      setTimer: (callback, millis) => {
        const timer = setTimeout(callback, millis);
        return () => clearTimeout(timer);
      },
      settings: { warmUpStreams: 12, warmUpMillis: 60_000 },
    },
    {
      random: Math.random,
      transport,
      tls: { read: async () => material, onFailure: (reason) => expect.unreachable(reason) },
      onWarmUp: (outcome) => outcomes.push(outcome),
    },
  );
  await relay.listen('127.0.0.1:0');
  await relay.close(0);
  expect(outcomes).toEqual([{ served: 12, millis: expect.any(Number) }]);
});

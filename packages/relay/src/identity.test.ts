import { describe, expect, it } from 'vitest';
import type { Admission, Authenticate } from './ports.ts';
import { startServing } from './testing/boot.ts';
import { settled } from './testing/harness.ts';
import { MESH } from './testing/store.ts';

const A: Admission = { kind: 'proxy', mesh: MESH, proxy: 'virtualNode/a' };

/** A core whose clients' identity takes until the test says it. */
function startWaiting(settings?: Parameters<typeof startServing>[0]) {
  const answers: { readonly resolve: (admission: Admission) => void; readonly reject: (cause: Error) => void }[] = [];
  const authenticate: Authenticate = () => {
    const { promise, resolve, reject } = Promise.withResolvers<Admission>();
    answers.push({ resolve, reject });
    return promise;
  };
  return { ...startServing(settings, undefined, { authenticate }), answers };
}

describe.each(['sotw', 'delta'] as const)('an identity that takes time, %s', (protocol) => {
  it('has nothing sent before it is known, and all answered that was asked meanwhile', async () => {
    const { connect, answers, events, snapshots } = startWaiting();
    const client = connect(protocol)
      .ask('lds')
      .ask('rds', { names: ['r'] })
      .ask('cds')
      .ask('eds', { names: ['x', 'y'] });
    await settled();
    expect([client.received, events, snapshots.reads]).toEqual([[], [], 0]);
    answers[0]?.resolve(A);
    await settled();
    expect(client.takeTypes()).toBe('cds eds');
    client.ack('cds').ack('eds');
    await settled();
    expect(client.takeTypes()).toBe('lds rds');
    expect(answers).toHaveLength(1);
  });

  it('ends the stream when it is refused, cannot be had, or takes too long', async () => {
    const { connect, answers, time, eventsOf } = startWaiting({ authenticateMillis: 10_000 });
    const [refused, broken, late] = [connect(protocol).ask('cds'), connect(protocol).ask('cds'), connect(protocol).ask('cds')];
    answers[0]?.resolve({ kind: 'refused', reason: 'not yours' });
    answers[1]?.reject(new Error('token eyJhbGciOi is no good'));
    await time.advance(9_999);
    expect([refused.ended?.status, broken.ended?.status, late.ended?.status]).toEqual(['permissionDenied', 'unavailable', undefined]);
    await time.advance(1);
    expect(late.ended?.status).toBe('unavailable');
    answers[2]?.resolve(A);
    await settled();
    expect([late.received, time.pending]).toEqual([[], 0]);
    // Nobody hears of a stream that is of nobody; what the check failed of may speak of credentials.
    expect(eventsOf('connected')).toHaveLength(1);
    expect(JSON.stringify(broken.ended)).not.toContain('eyJ');
  });

  it('keeps no more than some requests, and some bytes, of a stranger', async () => {
    const { connect } = startWaiting({ maxRequestBytes: 10_000 });
    const [many, large] = [connect(protocol), connect(protocol)];
    for (let request = 0; request < 32; request += 1) many.ask('cds');
    expect(many.ended).toBeUndefined();
    many.ask('cds');
    large.ask('rds', { names: ['r'.repeat(9_000)] }).ask('rds', { names: ['s'.repeat(2_000)] });
    await settled();
    expect([many.ended?.status, large.ended?.status]).toEqual(['resourceExhausted', 'resourceExhausted']);
  });

  it('does not matter any more when the client has left', async () => {
    const { connect, answers, time, events, snapshots } = startWaiting();
    connect(protocol).ask('cds').stream.closed('gone');
    answers[0]?.resolve(A);
    await settled();
    expect([events, time.pending, snapshots.watchers]).toEqual([[], 0, 0]);
  });

  it('may not change while it is being found out', async () => {
    const { connect, answers } = startWaiting();
    const client = connect(protocol).ask('cds').ask('lds', { node: 'virtualNode/b' });
    answers[0]?.resolve(A);
    await settled();
    expect([client.ended?.status, client.received]).toEqual(['permissionDenied', []]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Call, Method } from '../method.ts';
import type { EndStatus, Outlet } from '../outlet.ts';
import { FakeTime } from '../testing/harness.ts';
import { AdmissionLine } from './admissionLine.ts';
import { admitted } from './admitted.ts';
import { DEFAULT_TRANSPORT_SETTINGS, type TransportSettings } from './settings.ts';

const REQUEST = Buffer.from('request');

/** A client's side of an admitted call, and what the method behind it was told. */
class Caller implements Outlet {
  readonly peer = { address: '', userAgent: '' };
  readonly told: string[] = [];
  ended: EndStatus | undefined;
  paused = false;
  /** Whether the client reads what it is sent. */
  reads = true;
  outlet: Outlet | undefined;
  readonly call: Call;

  constructor(admission: AdmissionLine) {
    const method: Method = {
      path: '/p',
      requests: 'many',
      open: (outlet) => {
        this.outlet = outlet;
        return {
          receive: (request) => this.told.push(Buffer.from(request).toString()),
          requestsEnded: () => this.told.push('requestsEnded'),
          drained: () => this.told.push('drained'),
          closed: () => this.told.push('closed'),
        };
      },
    };
    this.call = admitted(method, admission).open(this);
  }

  send(): boolean {
    return this.reads;
  }

  end(status: EndStatus): void {
    this.ended = status;
  }

  pauseRequests(paused: boolean): void {
    this.paused = paused;
  }

  ask(): this {
    this.call.receive(REQUEST);
    return this;
  }

  get isServed(): boolean {
    return this.told.includes('request');
  }
}

function start(settings: Partial<TransportSettings>) {
  const time = new FakeTime();
  const admission = new AdmissionLine({ ...DEFAULT_TRANSPORT_SETTINGS, ...settings }, time);
  const callers = (count: number): readonly Caller[] => Array.from({ length: count }, () => new Caller(admission).ask());
  const served = (all: readonly Caller[]): number => all.filter(({ isServed }) => isServed).length;
  return { time, admission, callers, served };
}

describe('admission', () => {
  it('serves a burst at once and then so many per second, first come, first served', async () => {
    const { time, callers, served } = start({ streamBurst: 100, streamsPerSecond: 50, firstPushes: 1_000 });
    const all = callers(300);
    expect(served(all)).toBe(100);
    await time.advance(1_000);
    expect(served(all)).toBe(150);
    expect(all.slice(0, 150).every(({ isServed }) => isServed)).toBe(true);
    await time.advance(3_000);
    expect(served(all)).toBe(300);
    expect(time.pending).toBeLessThanOrEqual(1);
  });

  it('lets so many get their first response at once: the next starts when one has been read', () => {
    const { callers, served } = start({ firstPushes: 2 });
    const all = callers(5);
    expect(served(all)).toBe(2);
    const [first, second] = all as [Caller, Caller];
    first.outlet?.send(Buffer.from(''));
    expect(served(all)).toBe(3);
    second.reads = false;
    second.outlet?.send(Buffer.from(''));
    expect(served(all)).toBe(3);
    second.call.drained();
    expect(served(all)).toBe(4);
  });

  it('is not held up by streams to which nothing is sent', async () => {
    const { time, callers, served } = start({ firstPushes: 2, firstPushMillis: 1_000 });
    const all = callers(6);
    await time.advance(1_000);
    expect(served(all)).toBe(4);
    await time.advance(1_000);
    expect(served(all)).toBe(6);
  });

  it('reads no further from who waits, and passes on what it sent when its turn comes', () => {
    const { callers } = start({ firstPushes: 1 });
    const [first, second] = callers(2) as [Caller, Caller];
    expect([first.paused, second.paused]).toEqual([false, true]);
    second.call.receive(Buffer.from('more'));
    first.call.closed('gone');
    expect(second.told).toEqual(['request', 'more']);
    expect(second.paused).toBe(false);
  });

  it('forgets who leaves the line', async () => {
    const { time, admission, callers, served } = start({ firstPushes: 1 });
    const [first, second, third, fourth] = callers(4) as [Caller, Caller, Caller, Caller];
    second.call.closed('gone');
    third.call.requestsEnded();
    expect(third.ended).toBe('ok');
    first.call.closed('gone');
    expect(served([second, third])).toBe(0);
    expect(fourth.isServed).toBe(true);
    expect(admission.waiting).toBe(0);
    fourth.call.closed('gone');
    await time.advance(10_000);
    expect(time.pending).toBe(0);
  });

  it('refuses at once whom the line has no room for, by count and by bytes', () => {
    const byCount = start({ firstPushes: 1, queuedStreams: 2 }).callers(4);
    expect(byCount.map(({ ended }) => ended)).toEqual([undefined, undefined, undefined, 'unavailable']);
    const byBytes = start({ firstPushes: 1, queuedBytes: 2 * REQUEST.length }).callers(4);
    expect(byBytes.map(({ ended }) => ended)).toEqual([undefined, undefined, undefined, 'unavailable']);
    byBytes[3]?.ask();
    expect(byBytes[3]?.told).toEqual([]);
  });

  it('keeps a stream that says nothing out of the line', () => {
    const { admission, served, callers } = start({ firstPushes: 1 });
    for (let silent = 0; silent < 100; silent += 1) new Caller(admission);
    expect(served(callers(1))).toBe(1);
  });
});

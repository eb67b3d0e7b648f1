import { connect, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { MemorySnapshots } from '@meshwright/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualTime } from './manualTime.ts';
import { HEALTH_CHECK, RawClient } from './rawClient.ts';
import { startRelay } from './relayUnderTest.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD_BYTES = 9;
const SETTINGS = 4;
const PING = 6;
const ACK = 1;
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]);
const HANDSHAKE_MILLIS = 10_000;
const KEEPALIVE_MILLIS = 60_000;
const PONG_MILLIS = 20_000;

/** A connection that says what it is told to, and answers nothing by itself. */
class SilentClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #frames: { readonly type: number; readonly flags: number }[] = [];
  #waiting = (): void => {};
  #rest = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.on('data', (chunk) => this.#read(chunk));
  }

  /** Resolves once the relay has sent such a frame. */
  async frame(type: number, flags: number): Promise<void> {
    while (!this.#frames.some((frame) => frame.type === type && frame.flags === flags)) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= FRAME_HEAD_BYTES) {
      const size = FRAME_HEAD_BYTES + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < size) break;
      this.#frames.push({ type: this.#rest[3] ?? 0, flags: this.#rest[4] ?? 0 });
      this.#rest = this.#rest.subarray(size);
    }
    this.#waiting();
  }
}

// grpc-js has bounds of its own for both, by a clock that no test can move.
describe('clients that say nothing, by http2', () => {
  let time: ManualTime;
  let started: Awaited<ReturnType<typeof startRelay>>;
  let silent: SilentClient;
  let other: RawClient;

  beforeEach(async () => {
    time = new ManualTime();
    started = await startRelay({
      snapshots: new MemorySnapshots(),
      transport: 'http2',
      now: time.now,
      setTimer: time.setTimer,
      settings: { keepaliveMillis: KEEPALIVE_MILLIS },
    });
    silent = new SilentClient(started.port);
    other = new RawClient(started.port);
    // Its own settings are with the relay then.
    await isServed();
    // The relay's settings are the first that it sends.
    await silent.frame(SETTINGS, 0);
  });
  afterEach(async () => {
    silent.socket.destroy();
    other.close();
    await started.relay.close(0);
  });

  /** Whoever is served was not cut; whatever the relay had to do by now is done. */
  async function isServed(): Promise<void> {
    expect(await other.call(HEALTH_CHECK)).toMatchObject({ grpc: status.OK });
  }

  it('are cut when they have not begun to speak HTTP/2 within 10 s, and others are not', async () => {
    time.advance(HANDSHAKE_MILLIS - 1);
    await isServed();
    expect(silent.socket.closed).toBe(false);
    time.advance(1);
    await silent.closed;
    await isServed();
  });

  it('have begun with their first settings', async () => {
    silent.socket.write(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS]));
    await silent.frame(SETTINGS, ACK);
    time.advance(HANDSHAKE_MILLIS);
    await isServed();
    expect(silent.socket.closed).toBe(false);
  });

  it('are pinged after a minute and cut when they leave that unanswered for 20 s, and who answers is not', async () => {
    silent.socket.write(Buffer.concat([Buffer.from(PREFACE), EMPTY_SETTINGS]));
    await silent.frame(SETTINGS, ACK);
    const pinged = new Promise<void>((resolve) => other.session.once('ping', () => resolve()));
    // In the first minute they have said something: their settings.
    time.advance(KEEPALIVE_MILLIS);
    time.advance(KEEPALIVE_MILLIS);
    await Promise.all([pinged, silent.frame(PING, 0)]);
    await isServed();
    time.advance(PONG_MILLIS - 1);
    await isServed();
    expect(silent.socket.closed).toBe(false);
    time.advance(1);
    await silent.closed;
    await isServed();
  });
});

import { Deadlines, type Timing } from './deadlines.ts';
import type { TransportSettings } from './settings.ts';

const MILLIS = 1_000;

/** One stream's turn: in line first, then at its first response, then over. */
class Turn {
  readonly start: () => void;
  readonly bytes: number;
  state: 'inLine' | 'atWork' | 'over' = 'inLine';

  constructor(start: () => void, bytes: number) {
    this.start = start;
    this.bytes = bytes;
  }
}

/** A stream's place in line, to be given up when it has its first response, or is over. */
export type Place = Turn;

/**
 * Lets streams begin one after the other, first come, first served: at most so many per second, and at most so many that are
 * getting their first response at once. A thousand proxies that come back together then get theirs in good order, and
 * whoever is served already notices nothing.
 */
export class AdmissionLine {
  readonly #settings: TransportSettings;
  readonly #timing: Timing;
  readonly #line = new Set<Turn>();
  readonly #atWork: Deadlines<Turn>;
  #bytes = 0;
  #tokens: number;
  #filledAt: number;
  #cancel: (() => void) | undefined;

  constructor(settings: TransportSettings, timing: Timing) {
    this.#settings = settings;
    this.#timing = timing;
    this.#tokens = settings.streamBurst;
    this.#filledAt = timing.now();
    this.#atWork = new Deadlines(timing, settings.firstPushMillis, (turn) => this.leave(turn));
  }

  /** Streams in line. */
  get waiting(): number {
    return this.#line.size;
  }

  /**
   * @param start called when it is this stream's turn, before this returns if that is now.
   * @param bytes what is kept of it meanwhile.
   * @returns undefined when the line is full.
   */
  enter(start: () => void, bytes: number): Place | undefined {
    const { queuedStreams, queuedBytes } = this.#settings;
    if (this.#line.size >= queuedStreams || this.#bytes + bytes > queuedBytes) return undefined;
    const turn = new Turn(start, bytes);
    this.#line.add(turn);
    this.#bytes += bytes;
    this.#serve();
    return turn;
  }

  /** The stream has its first response, or is over; telling it twice does no harm. */
  leave(turn: Place): void {
    if (turn.state === 'over') return;
    if (turn.state === 'inLine') this.#take(turn);
    turn.state = 'over';
    this.#atWork.delete(turn);
    this.#serve();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#line.clear();
    this.#atWork.stop();
  }

  #take(turn: Turn): void {
    this.#line.delete(turn);
    this.#bytes -= turn.bytes;
  }

  #serve(): void {
    this.#fill();
    for (const turn of this.#line) {
      if (this.#atWork.size >= this.#settings.firstPushes) return;
      if (this.#tokens < 1) {
        this.#wait();
        return;
      }
      this.#tokens -= 1;
      this.#take(turn);
      turn.state = 'atWork';
      this.#atWork.start(turn);
      turn.start();
    }
  }

  #fill(): void {
    const { streamsPerSecond, streamBurst } = this.#settings;
    const now = this.#timing.now();
    this.#tokens = Math.min(streamBurst, this.#tokens + ((now - this.#filledAt) * streamsPerSecond) / MILLIS);
    this.#filledAt = now;
  }

  #wait(): void {
    const { streamsPerSecond } = this.#settings;
    const millis = Math.ceil(((1 - this.#tokens) * MILLIS) / streamsPerSecond);
    this.#cancel ??= this.#timing.setTimer(() => {
      this.#cancel = undefined;
      this.#serve();
    }, millis);
  }
}

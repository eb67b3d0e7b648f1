import { setTimeout as delay } from 'node:timers/promises';
import { type ControlPlane, startControlPlane } from '../netns/controlPlane.ts';
import { appliedChanges, awaitReturn, rises, runningWeights, sameWeights, type Weights } from '../netns/sidecars.ts';
import { weightsText } from './draw.ts';
import { type ControlPlaneState, Pulse, type Scene } from './scene.ts';
import { operate, type Stage } from './stage.ts';

interface OpenAct {
  readonly title: string;
  readonly phase: string;
  readonly weights: Weights;
  detail?: string;
}

const ACTS = 7;
const split = (serviceb: number, servicebv2: number): Weights => ({ serviceb, servicebv2 });

/** Plays the demo's acts, one after the other, and tells at any time how things stand. */
export class Story {
  readonly #stage: Stage;
  readonly #seconds: number;
  readonly #protocol: string;
  readonly #pulse: Pulse;
  readonly #acts: OpenAct[] = [];
  #controlPlane: ControlPlane;
  #state: ControlPlaneState = 'running';
  #over = false;

  /** @param seconds length of the whole */
  constructor(stage: Stage, seconds: number, protocol: string) {
    this.#stage = stage;
    this.#seconds = seconds;
    this.#protocol = protocol;
    this.#controlPlane = stage.controlPlane;
    this.#pulse = new Pulse(() => performance.now());
    stage.traffic.onTally((tally) => this.#pulse.take(tally));
  }

  scene(): Scene {
    const acts = this.#acts.map(({ phase, ...act }) => ({ ...act, count: this.#stage.traffic.count(phase) }));
    return {
      over: this.#over,
      protocol: this.#protocol,
      elapsedSeconds: this.#pulse.elapsedSeconds(),
      controlPlane: this.#state,
      acts,
      lastSecond: this.#pulse.lastSecond(),
      history: this.#pulse.history(),
      total: this.#stage.traffic.total(),
    };
  }

  /** Plays it all, and lets the last requests end. */
  async play(): Promise<void> {
    await this.#begin('all to serviceb', split(100, 0));
    await this.#linger();
    await this.#shift('a canary', split(90, 10));
    await this.#shift('half and half', split(50, 50));
    await this.#shift('all to servicebv2', split(0, 100));
    await this.#kill();
    await this.#restart();
    await this.#shift('a new change arrives', split(50, 50));
    await this.#stage.traffic.end();
    this.#over = true;
  }

  async #begin(title: string, weights: Weights, detail?: string): Promise<OpenAct> {
    const phase = `${this.#acts.length + 1}`;
    await this.#stage.traffic.begin(phase);
    const act: OpenAct = {
      title: `${weightsText(weights).padEnd(6)} ${title}`,
      phase,
      weights,
      ...(detail === undefined ? {} : { detail }),
    };
    this.#acts.push(act);
    return act;
  }

  /** Until the act's share of the whole time is over; an act that took longer to begin is cut short, but never below half its share. */
  async #linger(): Promise<void> {
    const share = this.#seconds / ACTS;
    const left = this.#acts.length * share - this.#pulse.elapsedSeconds();
    await delay(Math.max(left, share / 2) * 1000);
  }

  async #shift(title: string, weights: Weights): Promise<void> {
    const { topology, sidecars } = this.#stage;
    const { serviceb = 0, servicebv2 = 0 } = weights;
    // While the change travels, requests may be split by either weights: they count in the total only.
    await this.#stage.traffic.begin('under way');
    const answered = await operate(topology, this.#controlPlane, ['weights', `${serviceb}`, `${servicebv2}`]);
    await sidecars.a.await(
      () => runningWeights(sidecars.a),
      (running) => sameWeights(running, weights),
    );
    // From the API's answer to Envoy running it; asking Envoy takes a few of these milliseconds.
    const millis = Math.ceil(performance.now() - answered);
    await this.#begin(title, weights, `live within ${millis} ms`);
    await this.#linger();
  }

  async #kill(): Promise<void> {
    await this.#controlPlane.program.end('SIGKILL');
    this.#state = 'killed';
    await this.#begin('control plane killed', split(0, 100), 'traffic goes on');
    await this.#linger();
  }

  async #restart(): Promise<void> {
    const envoys = Object.values(this.#stage.sidecars);
    const before = await Promise.all(envoys.map(appliedChanges));
    const returns = await Promise.all(envoys.map(awaitReturn));
    this.#state = 'starting';
    this.#controlPlane = await startControlPlane(this.#stage.topology);
    this.#state = 'running';
    const act = await this.#begin('started again', split(0, 100), 'Envoys reconnect');
    await Promise.all(returns.map((returned) => returned()));
    await this.#linger();
    const after = await Promise.all(envoys.map(appliedChanges));
    const reloads = after.reduce((sum, stats, index) => sum + Object.keys(rises(before[index] ?? {}, stats)).length, 0);
    act.detail = reloads === 0 ? 'nothing to reload' : `${reloads} reloads`;
  }
}

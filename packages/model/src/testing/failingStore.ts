import { MeshError } from '../errors.ts';
import type { MeshStore } from '../store.ts';

/**
 * How a call fails: before anything happens, with the work done and the answer lost on its way back, or with no answer ever, the
 * work undone or done.
 */
export type Failure = 'refused' | 'answerLost' | 'silent' | 'silentlyDone';

/** A store that does what another one does, until it is told to fail. */
export interface FailingStore {
  readonly store: MeshStore;
  /** Lets the next `times` calls of a method fail with `ServiceUnavailable`, or never end. */
  failNext(method: keyof MeshStore, failure: Failure, times?: number): void;
  /** Ends with the next call that is never answered. */
  silenced(): Promise<void>;
}

/** Wraps a store so that single calls fail on demand. */
export function failingStore(inner: MeshStore): FailingStore {
  const planned: { method: string; failure: Failure }[] = [];
  const listeners: (() => void)[] = [];
  const keepSilent = (): Promise<never> => {
    for (const heard of listeners.splice(0)) heard();
    return new Promise(() => {});
  };
  const store = new Proxy(inner, {
    get(target, method) {
      const real: unknown = Reflect.get(target, method);
      if (typeof real !== 'function') return real;
      return async (...parameters: unknown[]): Promise<unknown> => {
        const index = planned.findIndex((plan) => plan.method === method);
        const [plan] = index < 0 ? [] : planned.splice(index, 1);
        const isDone = plan === undefined || plan.failure === 'answerLost' || plan.failure === 'silentlyDone';
        const answer: unknown = isDone && (await Reflect.apply(real, target, parameters));
        if (plan === undefined) return answer;
        if (plan.failure.startsWith('silent')) return keepSilent();
        throw new MeshError('ServiceUnavailable', `The store cannot answer ${String(method)} (a test asked for it): try again.`);
      };
    },
  });
  const failNext: FailingStore['failNext'] = (method, failure, times = 1) => {
    for (let i = 0; i < times; i++) planned.push({ method, failure });
  };
  const silenced = (): Promise<void> => new Promise((heard) => listeners.push(heard));
  return { store, failNext, silenced };
}

import type { Call, Method } from '../method.ts';
import type { EndStatus, Outlet } from '../outlet.ts';
import type { AdmissionLine, Place } from './admissionLine.ts';

/** The method behind an admission: a call is opened when its first request's turn has come, and is not read further before. */
export function admitted(method: Method, admission: AdmissionLine): Method {
  return { ...method, open: (outlet) => new AdmittedCall(method, admission, outlet) };
}

/** A call that waits with its first request, and after its first response only passes on what comes. */
class AdmittedCall implements Call, Outlet {
  readonly #method: Method;
  readonly #admission: AdmissionLine;
  readonly #outlet: Outlet;
  /** Undefined before its turn. */
  #call: Call | undefined;
  #place: Place | undefined;
  #early: Uint8Array[] = [];
  #over = false;

  constructor(method: Method, admission: AdmissionLine, outlet: Outlet) {
    this.#method = method;
    this.#admission = admission;
    this.#outlet = outlet;
  }

  get peer() {
    return this.#outlet.peer;
  }

  receive(request: Uint8Array): void {
    if (this.#over) return;
    if (this.#call !== undefined) {
      this.#call.receive(request);
      return;
    }
    this.#early.push(request);
    if (this.#early.length === 1) this.#enter(request.length);
  }

  requestsEnded(): void {
    if (this.#call !== undefined) this.#call.requestsEnded();
    // Who leaves before its turn has nothing to wait for.
    else this.#giveUp('ok', '');
  }

  drained(): void {
    this.#leave();
    this.#call?.drained();
  }

  closed(reason: string): void {
    this.#over = true;
    this.#leave();
    this.#call?.closed(reason);
  }

  send(body: Buffer): boolean {
    const more = this.#outlet.send(body);
    if (more) this.#leave();
    return more;
  }

  end(status: EndStatus, detail: string): void {
    this.#leave();
    this.#outlet.end(status, detail);
  }

  pauseRequests(paused: boolean): void {
    this.#outlet.pauseRequests(paused);
  }

  #enter(bytes: number): void {
    this.#place = this.#admission.enter(() => this.#start(), bytes);
    if (this.#place === undefined) this.#giveUp('unavailable', 'too many streams wait to be served; come again later');
    else if (this.#place.state === 'inLine') this.pauseRequests(true);
  }

  #start(): void {
    const early = this.#early;
    this.#early = [];
    const call = this.#method.open(this);
    this.#call = call;
    for (const request of early) call.receive(request);
    this.pauseRequests(false);
  }

  #giveUp(status: EndStatus, detail: string): void {
    this.#over = true;
    this.#early = [];
    this.end(status, detail);
  }

  #leave(): void {
    if (this.#place !== undefined) this.#admission.leave(this.#place);
  }
}

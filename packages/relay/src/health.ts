import type { Call, Method } from './method.ts';
import type { Outlet } from './outlet.ts';
import { Malformed, WireReader } from './wire/reader.ts';

// grpc.health.v1, by hand: a request has one string, a response one number.
// https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto

const SERVICE = 'grpc.health.v1.Health';
const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
const STATUS_FIELD = 0x08;

type Status = typeof SERVING | typeof NOT_SERVING | typeof SERVICE_UNKNOWN;

/** Whether the relay serves, for those who ask by gRPC and those who watch. */
export class Health {
  readonly #services: ReadonlySet<string>;
  readonly #watchers = new Set<() => void>();
  #serving = false;

  /** @param paths of the methods whose services are told of, besides the server as a whole. */
  constructor(paths: readonly string[]) {
    this.#services = new Set(['', SERVICE, ...paths.map((path) => path.split('/')[1] ?? '')]);
  }

  /** Tells those who watch when it changes. */
  set serving(serving: boolean) {
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const tell of [...this.#watchers]) tell();
  }

  /** Open without authentication: a load balancer has no identity, and learns nothing but this. */
  get methods(): readonly Method[] {
    return [
      { path: `/${SERVICE}/Check`, requests: 'one', open: (outlet) => this.#check(outlet) },
      { path: `/${SERVICE}/Watch`, requests: 'one', open: (outlet) => this.#watch(outlet) },
    ];
  }

  #check(outlet: Outlet): Call {
    return this.#answer(outlet, (service) => {
      const status = this.#statusOf(service);
      if (status === SERVICE_UNKNOWN) {
        outlet.end('notFound', `there is no service ${JSON.stringify(service)}`);
        return;
      }
      outlet.send(encoded(status));
      outlet.end('ok', '');
    });
  }

  #watch(outlet: Outlet): Call {
    let told: Status | undefined;
    let busy = false;
    let watched: string | undefined;
    const tell = (): void => {
      const status = this.#statusOf(watched ?? '');
      if (busy || status === told) return;
      told = status;
      busy = !outlet.send(encoded(status));
    };
    const call = this.#answer(outlet, (service) => {
      watched = service;
      this.#watchers.add(tell);
      tell();
    });
    return {
      ...call,
      drained: () => {
        busy = false;
        if (watched !== undefined) tell();
      },
      closed: () => this.#watchers.delete(tell),
    };
  }

  #statusOf(service: string): Status {
    if (!this.#services.has(service)) return SERVICE_UNKNOWN;
    return this.#serving ? SERVING : NOT_SERVING;
  }

  #answer(outlet: Outlet, answer: (service: string) => void): Call {
    return {
      receive(request) {
        let service: string;
        try {
          service = serviceOf(request);
        } catch (error) {
          if (!(error instanceof Malformed)) throw error;
          outlet.end('invalidArgument', `the request cannot be read: ${error.message}`);
          return;
        }
        answer(service);
      },
      requestsEnded() {},
      drained() {},
      closed() {},
    };
  }
}

/** Field 1 of a HealthCheckRequest. @throws Malformed */
function serviceOf(request: Uint8Array): string {
  const reader = new WireReader(request);
  let service = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) service = reader.string();
    else reader.skip();
  }
  return service;
}

/** A HealthCheckResponse. */
function encoded(status: Status): Buffer {
  return Buffer.from([STATUS_FIELD, status]);
}

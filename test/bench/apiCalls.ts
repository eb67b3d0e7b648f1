import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

/** What is asked of the API. */
export type CallKind = 'read' | 'write';

/** Calls under way at once, each on a connection of its own that is kept: as many as Terraform makes. */
export const CONNECTIONS = 10;

const MESH = '/v20190125/meshes/apps';

/** A client of one server, with connections that are kept from call to call. */
export class ApiCalls {
  readonly #port: number;
  readonly #nodes: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  #made = 0;

  /** @param nodes virtual nodes of the mesh, which calls are spread over. */
  constructor(port: number, nodes: number) {
    this.#port = port;
    this.#nodes = nodes;
  }

  /** Makes the mesh with its nodes, which are all there is in it. */
  async createMesh(): Promise<void> {
    await this.#send('PUT', '/v20190125/meshes', { meshName: 'apps' });
    await this.#many(this.#nodes, (index) =>
      this.#send('PUT', `${MESH}/virtualNodes`, { virtualNodeName: `node${index}`, spec: spec(0), clientToken: randomUUID() }),
    );
  }

  /** Makes calls of one kind, CONNECTIONS at a time. */
  async make(kind: CallKind, count: number): Promise<void> {
    await this.#many(count, () => this.#call(kind));
  }

  /** Lets go of the connections. */
  close(): void {
    this.#agent.destroy();
  }

  #call(kind: CallKind): Promise<void> {
    const index = this.#made++;
    const path = `${MESH}/virtualNodes/node${index % this.#nodes}`;
    // Every write changes something, and has a token, which the SDKs send without being told.
    return kind === 'read' ? this.#send('GET', path) : this.#send('PUT', path, { spec: spec(index), clientToken: randomUUID() });
  }

  async #many(count: number, call: (index: number) => Promise<void>): Promise<void> {
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < count) await call(next++);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
  }

  #send(method: string, path: string, body?: object): Promise<void> {
    const text = body && JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const call = request({ agent: this.#agent, port: this.#port, host: '127.0.0.1', method, path, headers }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          answer += part;
        });
        response.on('error', reject).on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
        });
      });
      call.on('error', reject).end(text);
    });
  }
}

/** A node as users have them: a listener with a health check, a hostname, some backends. */
function spec(version: number): object {
  return {
    listeners: [
      {
        portMapping: { port: 8080, protocol: 'http' },
        healthCheck: {
          protocol: 'http',
          path: '/ping',
          healthyThreshold: 2,
          unhealthyThreshold: 2,
          timeoutMillis: 2000,
          intervalMillis: 5000,
        },
      },
    ],
    serviceDiscovery: { dns: { hostname: `node-${version}.apps.local` } },
    logging: { accessLog: { file: { path: '/dev/stdout' } } },
  };
}

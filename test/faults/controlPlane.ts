import type { Program } from '../process/program.ts';
import { meshwright, type Ready, ready } from '../start/npmStart.ts';

/** A proxy of the sample mesh, and the route configurations that its listeners name. */
export const NODE_ID = 'mesh/apps/virtualNode/servicea';
export const ROUTES = ['rds_egress_http_8080', 'rds_ingress_http_8080'];
const ROUTE = '/v20190125/meshes/apps/virtualRouter/serviceb-router/routes/serviceb-route';

/** A control plane with the sample mesh in a process of its own, which can be killed and started again where it was. */
export class ControlPlane implements AsyncDisposable {
  readonly #folder: string;
  #program: Program;
  #ready: Ready;

  private constructor(folder: string, program: Program, serving: Ready) {
    this.#folder = folder;
    this.#program = program;
    this.#ready = serving;
  }

  static async start(folder: string): Promise<ControlPlane> {
    const program = startIn(folder, '0', '0', ['--sample']);
    return new ControlPlane(folder, program, await ready(program));
  }

  get program(): Program {
    return this.#program;
  }

  get xdsPort(): number {
    return this.#ready.xdsPort;
  }

  /** At the same ports. */
  async startAgain(): Promise<void> {
    const { apiPort, xdsPort } = this.#ready;
    this.#program = startIn(this.#folder, `${apiPort}`, `${xdsPort}`);
    this.#ready = await ready(this.#program);
  }

  /** Changes the share of the second node. */
  async route(weight: number): Promise<void> {
    const weightedTargets = [
      { virtualNode: 'serviceb', weight: 100 },
      { virtualNode: 'servicebv2', weight },
    ];
    const body = JSON.stringify({ spec: { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } } });
    const { status } = await fetch(`${this.#ready.apiUrl}${ROUTE}`, { method: 'PUT', body });
    if (status !== 200) throw new Error(`the route was not changed: ${status}`);
  }

  /** A metric, all its series together. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#ready.apiUrl}/metrics`)).text();
    const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

function startIn(folder: string, apiPort: string, xdsPort: string, more: readonly string[] = []): Program {
  return meshwright(['start', '--api-port', apiPort, '--xds-port', xdsPort, '--data', folder, ...more]);
}

import { fileURLToPath } from 'node:url';
import { envoyBootstrap } from '@meshwright/local';
import { envoyBinary, pythonTools } from '../setup/parts.ts';
import { type Answer, type Ask, type AskOptions, askFrom } from './ask.ts';
import type { Call } from './calls.ts';
import { type ControlPlane, startControlPlane } from './controlPlane.ts';
import type { Zone } from './dns.ts';
import type { Envoy } from './envoy.ts';
import type { Namespace, ProxyNamespace } from './network.ts';
import { createTopology, type Topology } from './topology.ts';

/** How proxies ask for what they run. */
export type XdsProtocol = 'sotw' | 'delta';

/** What a scenario starts with. */
export interface ScenarioParts {
  readonly protocol: XdsProtocol;
  /** Names that resolve besides those of the applications. */
  readonly names?: Zone;
  /** What an operator writes before the first proxy comes. */
  readonly calls: readonly Call[];
  /** Node ids by namespace, such as `mesh/apps/virtualNode/servicea`. */
  readonly proxies: Readonly<Partial<Record<ProxyNamespace, string>>>;
}

/** What is wrong in a mesh, as far as a test looks. */
export interface ToldDiagnostic {
  /** Such as `mesh/apps/virtualNode/servicea`. */
  readonly resource: string;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** A mesh written by a stock AWS client, and real Envoys that run it. */
export interface Scenario {
  readonly topology: Topology;
  /**
   * Writes by boto3, one call after the other.
   * @throws Error with what the client and the control plane said.
   */
  operate(...calls: readonly Call[]): Promise<void>;
  /** The Envoy in this namespace. */
  envoy(namespace: ProxyNamespace): Envoy;
  /** What came of these requests, made one after the other unless told. */
  ask(namespace: Namespace, asks: readonly Ask[], options?: AskOptions): Promise<readonly Answer[]>;
  /** Waits until the route configurations, clusters or listeners an Envoy runs satisfy `wanted`. */
  runs(namespace: ProxyNamespace, part: DumpPart, wanted: (dump: string) => boolean): Promise<void>;
  /** What the control plane says is wrong in a mesh. */
  diagnostics(mesh: string): Promise<readonly ToldDiagnostic[]>;
  close(): Promise<void>;
}

/** Part of Envoy's configuration that came by xDS. */
export type DumpPart = 'dynamic_route_configs' | 'dynamic_active_clusters' | 'dynamic_listeners';

const CALLS = fileURLToPath(new URL('calls.py', import.meta.url));

/** Starts a topology and a control plane, writes the mesh, starts the Envoys, and resolves when each of them has all it is to run. */
export async function startScenario({ protocol, names = {}, calls, proxies }: ScenarioParts): Promise<Scenario> {
  const { IPTABLES: iptables = 'iptables' } = process.env;
  const { python } = await pythonTools();
  const topology = await createTopology({ envoyBinary: await envoyBinary(), iptables, names });
  const envoys = new Map<string, Envoy>();
  try {
    const open = operator(topology, python);
    const controlPlane = await startControlPlane(topology);
    const operate = open(controlPlane);
    await operate(...calls);
    const { xdsHost, xdsPort } = topology;
    for (const [namespace, nodeId] of Object.entries(proxies) as readonly [ProxyNamespace, string][]) {
      const bootstrap = envoyBootstrap({ nodeId, xdsHost, xdsPort, protocol, adminPort: 9901 });
      envoys.set(namespace, topology.startEnvoy(namespace, bootstrap));
    }
    const envoy: Scenario['envoy'] = (namespace) => {
      const found = envoys.get(namespace);
      if (found === undefined) throw new Error(`no Envoy runs in ${namespace}`);
      return found;
    };
    await Promise.all([...envoys.values()].map((started) => started.ready()));
    return {
      topology,
      operate,
      envoy,
      ask: (namespace, asks, options) => askFrom(topology, namespace, asks, options),
      runs: async (namespace, part, wanted) => {
        const { admin, await: until } = envoy(namespace);
        await until(() => admin(`/config_dump?resource=${part}`), wanted);
      },
      diagnostics: async (mesh) => {
        const url = `${controlPlane.apiUrl}/v1/meshes/${mesh}/diagnostics`;
        const { status, stdout } = await topology.run('hub', ['curl', '-sS', '--fail-with-body', url]);
        if (status !== 0) throw new Error(`${url}: ${stdout}`);
        return (JSON.parse(stdout) as { readonly diagnostics: readonly ToldDiagnostic[] }).diagnostics;
      },
      close: () => topology.close(),
    };
  } catch (error) {
    await topology.close();
    throw error;
  }
}

/** An operator whose client stays open: its start takes longer than many a change does. */
function operator(topology: Topology, python: string): (controlPlane: ControlPlane) => Scenario['operate'] {
  const client = topology.start('hub', [python, CALLS], { inputOpen: true });
  return ({ apiUrl, program }) => {
    client.write(`${apiUrl}\n`);
    return async (...calls) => {
      client.write(`${JSON.stringify(calls)}\n`);
      await client.nextLine().catch((error: Error) => {
        throw new Error(`${error.message}\ncontrol plane: ${program.output().stderr}`);
      });
    };
  };
}

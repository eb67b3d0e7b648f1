import { fileURLToPath } from 'node:url';
import { type Outcome, type Program, type ProgramOptions, startProgram } from '../process/program.ts';
import { UNSHARE } from './available.ts';
import type { Zone } from './dns.ts';
import { type Envoy, type EnvoyOptions, startEnvoy } from './envoy.ts';
import { HOSTS, HUB_ADDRESS, type Namespace, type ProxyNamespace, type Sidecar, zone } from './network.ts';
import { FOLDER, setUpScript } from './setUp.ts';

/** What a topology is made of. */
export interface TopologyOptions {
  readonly envoyBinary: string;
  /** Command that writes the rules: `iptables` (default), `iptables-legacy` or `iptables-nft`. */
  readonly iptables?: string;
  /** Names that resolve besides those of the applications, such as those of virtual services. */
  readonly names?: Zone;
}

/** Options of a command inside a namespace. */
export interface InsideOptions extends ProgramOptions {
  /** User and group id inside; 0 unless told. App Mesh's rules leave 1337 alone. */
  readonly uid?: number;
}

/**
 * A small mesh of network namespaces: `hub` with the name server and room for a control plane on loopback,
 * `a`, `b` and `b2` with an application each behind App Mesh's iptables rules, `gw` for a gateway, `out` for a client outside the mesh.
 */
export interface Topology {
  /** A folder on a tmpfs of the topology's own, the same in all its namespaces; nothing of it stays. */
  readonly folder: string;
  /** `host:port` under which proxies reach the control plane that listens on 127.0.0.1:`xdsPort` in the hub. */
  readonly xdsHost: string;
  readonly xdsPort: number;
  /** Starts a command in a namespace; it is killed when the topology closes and when this process dies. */
  start(namespace: Namespace, command: readonly string[], options?: InsideOptions): Program;
  /** Runs a command in a namespace to its end, whatever its status. */
  run(namespace: Namespace, command: readonly string[], options?: InsideOptions): Promise<Outcome>;
  /** Starts an Envoy as uid 1337; await its `ready()`. */
  startEnvoy(namespace: ProxyNamespace, bootstrap: object, options?: EnvoyOptions): Envoy;
  /** Ends every process; namespaces, rules and files go with the last one. */
  close(): Promise<void>;
}

/** xDS port in the hub: on loopback for the control plane, on the bridge for the proxies. */
const XDS_PORT = 18000;

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Builds a topology and starts its name server and applications. Everything lives in namespaces of its own, so any number of them
 * can stand side by side, and nothing is left on the machine however this process ends: its children die with it (PDEATHSIG).
 * @throws Error with the failing command's words; `available()` tells beforehand, with a fix.
 */
export async function createTopology({ envoyBinary, iptables = 'iptables', names = {} }: TopologyOptions): Promise<Topology> {
  const hubCommand = [process.execPath, script('hub.ts'), HUB_ADDRESS, String(XDS_PORT), JSON.stringify({ ...zone(), ...names })];
  const hub = startProgram([...UNSHARE, 'sh', '-c', setUpScript({ envoyBinary, iptables }, hubCommand)]);
  await hub.line(/^ready$/);

  const programs = new Set<Program>([hub]);
  const start: Topology['start'] = (namespace, command, { uid = 0, ...options } = {}) => {
    const program = startProgram([...enter(hub.pid, namespace, uid), ...command], options);
    programs.add(program);
    program.ended.catch(() => {}).finally(() => programs.delete(program));
    return program;
  };
  const topology: Topology = {
    folder: FOLDER,
    xdsHost: HUB_ADDRESS,
    xdsPort: XDS_PORT,
    start,
    run: async (namespace, command, options) => {
      const program = start(namespace, command, options);
      return { ...(await program.ended), ...program.output() };
    },
    startEnvoy: (namespace, bootstrap, options) => startEnvoy(topology, namespace, bootstrap, options),
    close: async () => {
      await Promise.all([...programs].map((program) => program.end('SIGKILL')));
    },
  };
  try {
    await Promise.all(apps().map(([namespace, app]) => startApp(topology, namespace, app)));
  } catch (error) {
    await topology.close();
    throw error;
  }
  return topology;
}

/** Starts an application under this name, as the namespaces with a sidecar have one already; resolves when it listens. */
export async function startApp(topology: Pick<Topology, 'start'>, namespace: Namespace, app: string): Promise<void> {
  await topology.start(namespace, [process.execPath, script('app.ts'), app]).line(/^ready$/);
}

function apps(): readonly (readonly [Sidecar, string])[] {
  return [
    ['a', HOSTS.a.app],
    ['b', HOSTS.b.app],
    ['b2', HOSTS.b2.app],
  ];
}

/** Command prefix that runs what follows it in a namespace, as that very process: its pid is the program's own. */
function enter(hubPid: number, namespace: Namespace, uid: number): readonly string[] {
  const net = namespace === 'hub' ? '--net' : `--net=/proc/${hubPid}/root/run/netns/${namespace}`;
  const user = uid === 0 ? [] : ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups'];
  return ['nsenter', '--target', `${hubPid}`, '--mount', net, '--', 'setpriv', '--pdeathsig', 'KILL', ...user, '--'];
}

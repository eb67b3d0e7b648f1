import { fileURLToPath } from 'node:url';
import { type ControlPlane, startControlPlane } from '../netns/controlPlane.ts';
import { type Sidecars, startSidecars } from '../netns/sidecars.ts';
import { createTopology, type Topology, type TopologyOptions } from '../netns/topology.ts';
import { startTraffic, type Traffic } from '../netns/traffic.ts';
import type { DemoOptions } from './options.ts';
import type { Show } from './show.ts';

/** Everything the demo plays with, started and ready. */
export interface Stage {
  readonly topology: Topology;
  readonly controlPlane: ControlPlane;
  readonly sidecars: Sidecars;
  readonly traffic: Traffic;
}

/** Well below what two cores carry, so that the machine stays usable and every figure is that of the mesh. */
const REQUESTS_PER_SECOND = 300;
/** Of the control plane's log, when something fails. */
const LOG_LINES = 5;
const OPERATOR = fileURLToPath(new URL('operator.ts', import.meta.url));

/**
 * Does what an operator would do, by the AWS SDK inside the hub.
 * @returns when the API has answered, as `performance.now()`
 * @throws Error with the client's words and the end of the control plane's log
 */
export async function operate(topology: Topology, { apiUrl, program: server }: ControlPlane, command: readonly string[]): Promise<number> {
  const program = topology.start('hub', [process.execPath, OPERATOR, apiUrl, ...command]);
  const answered = program.line(/^answered$/).then(() => performance.now());
  return answered.catch(() => {
    const log = server.output().stderr.trim().split('\n').slice(-LOG_LINES);
    throw new Error(`${command.join(' ')}: ${program.output().stderr.trim()}\ncontrol plane:\n  ${log.join('\n  ')}`);
  });
}

/** Starts it all, step by step; what was started is closed by the stack, also when a later step fails. */
export async function setStage(show: Show, parts: TopologyOptions, { protocol }: DemoOptions, stack: AsyncDisposableStack): Promise<Stage> {
  const topology = await show.step("namespaces, DNS, App Mesh's iptables rules, three applications", async () => {
    const made = await createTopology(parts);
    stack.defer(() => made.close());
    return made;
  });
  const controlPlane = await show.step('control plane', () => startControlPlane(topology));
  await show.step('mesh `apps`, written by the AWS SDK', () => operate(topology, controlPlane, ['create']));
  const sidecars = await show.step(`three Envoys as uid 1337, xDS ${protocol}`, async () => {
    const started = startSidecars(topology, protocol);
    await Promise.all(Object.values(started).map((envoy) => envoy.ready()));
    return started;
  });
  const url = 'http://serviceb.apps.local:8080/';
  const traffic = startTraffic(topology, 'a', { url, perSecond: REQUESTS_PER_SECOND });
  return { topology, controlPlane, sidecars, traffic };
}

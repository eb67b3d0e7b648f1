import { fileURLToPath } from 'node:url';
import { envoyBootstrap } from '@meshwright/local';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../netns/controlPlane.ts';
import type { Envoy } from '../netns/envoy.ts';
import {
  appliedChanges,
  awaitReturn,
  rises,
  routeUpdates,
  runningWeights,
  type Sidecars,
  sameWeights,
  startSidecars,
  type Weights,
} from '../netns/sidecars.ts';
import { createTopology, type Topology } from '../netns/topology.ts';
import { startTraffic, type Traffic } from '../netns/traffic.ts';
import { envoyBinary, pythonTools } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';
import { inSteps } from '../setup/steps.ts';

const { IPTABLES: iptables = 'iptables' } = process.env;
const CLIENT = fileURLToPath(new URL('mesh.py', import.meta.url));
/** Requests a window is judged by; with 5 sigma a right split fails one run in 1.7 million. */
const WINDOW = 1500 * inject('effort');
const SIGMAS = 5;
const PER_SECOND = 600;
/** Requests without a control plane: those of 6 seconds, of a minute in the slow tier, for the 10 minutes that one may be away. */
const ALONE = 6 * PER_SECOND * inject('effort');

const split = (serviceb: number, servicebv2: number): Weights => ({ serviceb, servicebv2 });

/** Largest difference from the expected count that chance explains; none where the weight is 0 or everything. */
function tolerance(requests: number, probability: number): number {
  return SIGMAS * Math.sqrt(requests * probability * (1 - probability));
}

describeWith(['topology'], 'weights steer real traffic between real Envoys', () => {
  for (const protocol of ['sotw', 'delta'] as const) describe(protocol, () => scenario(protocol));
});

function scenario(protocol: 'sotw' | 'delta'): void {
  inSteps();
  let topology: Topology;
  let controlPlane: ControlPlane;
  let sidecars: Sidecars;
  let traffic: Traffic;
  let python: string;
  const told: string[] = [];

  /** What an operator does, by boto3. */
  const operate = async (...command: readonly string[]) => {
    const { status, stderr } = await topology.run('hub', [python, CLIENT, controlPlane.apiUrl, ...command]);
    if (status !== 0) throw new Error(`boto3 ${command.join(' ')}: ${stderr}\ncontrol plane: ${controlPlane.program.output().stderr}`);
  };
  const arrived = (weights: Weights) =>
    sidecars.a.await(
      () => runningWeights(sidecars.a),
      (running) => sameWeights(running, weights),
    );
  /** Sends a window of traffic and holds its split against the weights. */
  const expectSplit = async (phase: string, weights: Weights, window = WINDOW) => {
    await traffic.begin(phase);
    await traffic.reached(phase, window);
    const { requests, answers, failures } = traffic.count(phase);
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    told.push(`${phase.padEnd(34)} ${requests} requests, ${failures.length} failed: ${JSON.stringify(answers)}`);
    expect(failures).toEqual([]);
    for (const [app, weight] of Object.entries(weights)) {
      const difference = Math.abs((answers[app] ?? 0) - (requests * weight) / total);
      expect(difference, `${phase}: ${app}`).toBeLessThanOrEqual(tolerance(requests, weight / total));
    }
  };
  const shift = async (weights: Weights) => {
    await operate('weights', `${weights.serviceb}`, `${weights.servicebv2}`);
    await arrived(weights);
  };

  beforeAll(async () => {
    python = (await pythonTools()).python;
    topology = await createTopology({ envoyBinary: await envoyBinary(), iptables });
    controlPlane = await startControlPlane(topology);
    await operate('create');
    sidecars = startSidecars(topology, protocol);
    await Promise.all(Object.values(sidecars).map((envoy) => envoy.ready()));
    traffic = startTraffic(topology, 'a', { url: 'http://serviceb.apps.local:8080/', perSecond: PER_SECOND });
  });
  afterAll(async () => {
    await topology?.close();
    process.stdout.write(`\n${protocol}\n${told.map((line) => `  ${line}\n`).join('')}`);
  });

  test('100/0, 50/50 and 0/100 are followed, shifted live, without a failed request', async () => {
    await arrived(split(100, 0));
    await expectSplit('100/0', split(100, 0));
    await shift(split(50, 50));
    await expectSplit('50/50', split(50, 50));
    await shift(split(0, 100));
    await expectSplit('0/100', split(0, 100));
  });

  test(
    'traffic goes on while the control plane is dead; it comes back, serves whoever comes, sends nothing twice, and the next change arrives',
    async () => {
      const envoys: readonly Envoy[] = Object.values(sidecars);
      const look = () =>
        Promise.all(envoys.map(async (envoy) => ({ applied: await appliedChanges(envoy), sent: await routeUpdates(envoy) })));
      const before = await look();
      await controlPlane.program.end('SIGKILL');
      const returns = await Promise.all(envoys.map(awaitReturn));
      await expectSplit('0/100, control plane killed', split(0, 100), ALONE);

      controlPlane = await startControlPlane(topology);
      await Promise.all(returns.map((returned) => returned()));
      const { xdsHost, xdsPort } = topology;
      const nodeId = 'mesh/apps/virtualNode/serviceb';
      const newcomer = topology.startEnvoy('gw', envoyBootstrap({ nodeId, xdsHost, xdsPort, protocol, adminPort: 9901 }));
      await newcomer.ready();
      await expectSplit('0/100, control plane back', split(0, 100));
      await shift(split(50, 50));
      await expectSplit('50/50, a change after the restart', split(50, 50));

      // Streams are ordered: had anything been sent again, it would have come before this change.
      const after = await look();
      const applied = after.map((stats, index) => rises(before[index]?.applied ?? {}, stats.applied));
      const sent = after.map((stats, index) => rises(before[index]?.sent ?? {}, stats.sent));
      told.push(`since the kill, per Envoy: applied ${JSON.stringify(applied)}, route configurations received ${JSON.stringify(sent)}`);
      expect(applied).toEqual([{ 'http.egress.rds.rds_egress_http_8080.config_reload': 1 }, {}, {}]);
      // Delta: what is subscribed to by name is answered on a new stream even if it is equal; Envoy does not reload.
      const again = protocol === 'delta' ? 1 : 0;
      expect(sent[0]?.['http.egress.rds.rds_egress_http_8080.update_success']).toBeLessThanOrEqual(1 + again);
      for (const quiet of sent.slice(1)) for (const times of Object.values(quiet)) expect(times).toBeLessThanOrEqual(again);
    },
    180_000 * inject('effort'),
  );

  test('every request passed both Envoys, and none failed', async () => {
    await traffic.end();
    const { requests, answers, failures } = traffic.total();
    expect(failures).toEqual([]);
    const completed = async (envoy: Envoy, prefix: string) => {
      const name = `http.${prefix}.downstream_rq_2xx`;
      return (await envoy.stats(`^${name}$`))[name];
    };
    expect(await completed(sidecars.a, 'egress')).toBe(requests);
    expect(await completed(sidecars.b, 'ingress')).toBe(answers.serviceb);
    expect(await completed(sidecars.b2, 'ingress')).toBe(answers.servicebv2);
    told.push(`${requests} requests in all, 0 failed; each one counted by servicea's egress and by the ingress of who answered`);
  });
}

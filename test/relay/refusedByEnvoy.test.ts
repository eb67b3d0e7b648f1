import type { ProxyStatus } from '@meshwright/api';
import { envoyBootstrap } from '@meshwright/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../netns/controlPlane.ts';
import { createTopology, type Topology } from '../netns/topology.ts';
import { poll } from '../process/poll.ts';
import { envoyBinary } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';

const { IPTABLES: iptables = 'iptables' } = process.env;
const NODE = 'mesh/apps/virtualNode/servicea';
/** Holds the port that a sidecar's ingress listener needs. */
const INTRUDER = "require('net').createServer().listen(15000, '0.0.0.0', () => console.log('ready'))";

describeWith(['topology'], 'what a real Envoy refuses', () => {
  let topology: Topology;
  let controlPlane: ControlPlane;

  const curl = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout } = await topology.run('hub', ['curl', '-sS', '--fail-with-body', ...args]);
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stdout}`);
    return stdout;
  };
  const put = (path: string, body: object) =>
    curl('-X', 'PUT', '-d', JSON.stringify(body), `${controlPlane.apiUrl}/v20190125/meshes${path}`);
  const proxies = async () => {
    const answer = await curl(`${controlPlane.apiUrl}/v1/meshes/apps/proxies`);
    return (JSON.parse(answer) as { readonly proxies: readonly ProxyStatus[] }).proxies;
  };

  beforeAll(async () => {
    topology = await createTopology({ envoyBinary: await envoyBinary(), iptables });
    controlPlane = await startControlPlane(topology);
    await put('', { meshName: 'apps' });
    const spec = {
      listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
      serviceDiscovery: { dns: { hostname: 'a.apps.local' } },
    };
    await put('/apps/virtualNodes', { virtualNodeName: 'servicea', spec });
  });
  afterAll(async () => {
    await topology?.close();
  });

  test.each(['sotw', 'delta'] as const)('is told in its own words at /v1/meshes/{mesh}/proxies and in the log: %s', async (protocol) => {
    const intruder = topology.start('a', [process.execPath, '-e', INTRUDER]);
    await intruder.line(/^ready$/);
    const { xdsHost, xdsPort } = topology;
    const envoy = topology.startEnvoy('a', envoyBootstrap({ nodeId: NODE, xdsHost, xdsPort, protocol, adminPort: 9901 }));
    const isRefusal = (rows: readonly ProxyStatus[]) => rows.some((row) => row.state === 'REJECTED' && row.protocol === protocol);
    const rows = await poll({ what: 'the refusal', ask: proxies, wanted: isRefusal, explain: () => envoy.program.output().stderr });
    const [refusing] = rows.filter(({ state }) => state === 'REJECTED');
    expect(refusing).toMatchObject({ nodeId: NODE, kind: 'virtualNode', name: 'servicea', envoyVersion: expect.stringMatching(/^1\.\d+/) });
    const [clusters, , listeners] = refusing?.types ?? [];
    expect([clusters?.type, clusters?.state, listeners?.type, listeners?.state]).toEqual(['CDS', 'SYNCED', 'LDS', 'REJECTED']);
    expect(listeners?.rejected?.version).toBe(listeners?.sent?.version);
    expect(listeners?.rejected?.message).toMatch(/cannot bind '0\.0\.0\.0:15000': Address already in use/);
    expect(controlPlane.program.output().stderr).toMatch(/servicea REJECTED Listener of version \S+: .*cannot bind '0\.0\.0\.0:15000'/);
    await Promise.all([intruder.end('SIGKILL'), envoy.program.end('SIGKILL')]);
    await poll({ what: 'its end', ask: proxies, wanted: (all) => all.every(({ state }) => state === 'OFFLINE') });
  });
});

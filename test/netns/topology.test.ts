import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProgram } from '../process/program.ts';
import { envoyBinary } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';
import { available } from './available.ts';
import type { Envoy } from './envoy.ts';
import { redirectBootstrap } from './redirectBootstrap.ts';
import { createTopology, type Topology } from './topology.ts';
import { startTraffic } from './traffic.ts';

const { IPTABLES: iptables = 'iptables' } = process.env;

/** What a topology must not touch: the machine's interfaces, named namespaces, mounts and resolver. */
function machine(): readonly string[] {
  const commands = [
    ['ip', '-o', 'link'],
    ['ip', 'netns'],
    ['cat', '/proc/self/mountinfo', '/etc/resolv.conf'],
  ];
  return commands.map(([file = '', ...args]) => execFileSync(file, args, { encoding: 'utf8' }));
}

/** Whether a process is gone; one that only waits for its parent to take note of it counts as gone. */
function gone(pid: string): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

describeWith(['topology'], 'a topology of network namespaces', () => {
  let before: readonly string[];
  let topology: Topology;
  let envoys: Readonly<Record<'a' | 'b' | 'b2', Envoy>>;

  beforeAll(async () => {
    before = machine();
    topology = await createTopology({ envoyBinary: await envoyBinary(), iptables });
    const start = (name: 'a' | 'b' | 'b2') => topology.startEnvoy(name, redirectBootstrap());
    envoys = { a: start('a'), b: start('b'), b2: start('b2') };
    await Promise.all(Object.values(envoys).map((envoy) => envoy.ready()));
  });
  afterAll(async () => {
    await topology?.close();
    expect(machine()).toEqual(before);
  });

  const call = async (namespace: 'a' | 'out', url: string, uid = 0) => {
    const { stdout, status } = await topology.run(namespace, ['curl', '-s', '--max-time', '5', '-D-', url], { uid });
    return { status, app: /x-app: (\w+)/i.exec(stdout)?.[1], ingress: /server: envoy/.test(stdout) };
  };
  const egress = async () => (await envoys.a.stats('^tcp.egress.downstream_cx_total$'))['tcp.egress.downstream_cx_total'] ?? 0;

  test('a machine that can run it says so', async () => {
    expect(await available(iptables)).toEqual({ kind: 'available' });
  });

  test("a call by name passes the caller's egress and the callee's ingress", async () => {
    const earlier = await egress();
    expect(await call('a', 'http://serviceb.apps.local:8080/')).toEqual({ status: 0, app: 'serviceb', ingress: true });
    expect(await call('a', 'http://servicebv2.apps.local:8080/')).toEqual({ status: 0, app: 'servicebv2', ingress: true });
    expect(await egress()).toBe(earlier + 2);
  });

  test('a client outside the mesh passes the ingress alone', async () => {
    const earlier = await egress();
    expect(await call('out', 'http://serviceb.apps.local:8080/')).toEqual({ status: 0, app: 'serviceb', ingress: true });
    expect(await egress()).toBe(earlier);
  });

  test('what uid 1337 sends is not intercepted', async () => {
    const earlier = await egress();
    expect(await call('a', 'http://serviceb.apps.local:8080/', 1337)).toMatchObject({ status: 0, app: 'serviceb' });
    expect(await egress()).toBe(earlier);
  });

  test('IPv6 is intercepted too', async () => {
    const earlier = await egress();
    await call('a', 'http://[fd00::21]:9000/');
    expect(await egress()).toBe(earlier + 1);
  });

  test('a name nobody has does not exist', async () => {
    expect((await call('out', 'http://nobody.apps.local:8080/')).status).toBe(6);
  });

  test('traffic is counted by phase and by who answered, failures by their reason', async () => {
    const traffic = startTraffic(topology, 'a', { url: 'http://serviceb.apps.local:8080/', perSecond: 400, reportMillis: 50 });
    await traffic.begin('whole');
    await traffic.reached('whole', 100);
    const whole = traffic.count('whole');
    await traffic.begin('broken');
    await envoys.b.program.end('SIGKILL');
    await traffic.reached('broken', 50);
    await traffic.end();
    expect(whole).toMatchObject({ failures: [], answers: { serviceb: whole.requests } });
    expect(traffic.count('broken').failures.length).toBeGreaterThan(0);
    expect(new Set(traffic.count('broken').failures.map(({ connection }) => connection))).toEqual(new Set(['keptAlive', 'fresh']));
  });

  test('two topologies stand side by side', async () => {
    const other = await createTopology({ envoyBinary: await envoyBinary(), iptables });
    try {
      expect((await other.run('b', ['curl', '-s', 'http://127.0.0.1:8080/'])).stdout).toContain('"app":"serviceb"');
      // It has no Envoy yet, so its servicea reaches nobody; ours still does.
      expect((await other.run('a', ['curl', '-s', 'http://servicebv2.apps.local:8080/'])).status).toBe(7);
      expect(await call('a', 'http://servicebv2.apps.local:8080/')).toMatchObject({ app: 'servicebv2' });
    } finally {
      await other.close();
    }
  });

  test('when its owner is killed, every process of a topology goes with it, and so do its namespaces', async () => {
    const program = fileURLToPath(new URL('abandoned.ts', import.meta.url));
    const owner = startProgram([process.execPath, program, await envoyBinary(), iptables]);
    await owner.line(/^up$/);
    const children = readFileSync(`/proc/${owner.pid}/task/${owner.pid}/children`, 'utf8').trim().split(' ');
    expect(children).toHaveLength(5); // hub, three applications, one Envoy
    await owner.end('SIGKILL');
    await expect.poll(() => children.filter((pid) => !gone(pid))).toEqual([]);
  });

  test('what cannot be built says why, and leaves nothing', async () => {
    await expect(createTopology({ envoyBinary: '/nonexistent/envoy', iptables })).rejects.toThrow(/envoy/);
  });
});

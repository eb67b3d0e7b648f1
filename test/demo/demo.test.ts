import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { type Program, startProgram } from '../process/program.ts';
import { envoyBinary } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';

const DEMO = fileURLToPath(new URL('demo.ts', import.meta.url));

async function start(...args: readonly string[]): Promise<Program> {
  return startProgram([process.execPath, DEMO, ...args], { env: { MESH_TEST_ENVOY: await envoyBinary() } });
}

/** Network namespaces that a process on this machine lives in; one that only waits for its parent to take note of its end lives in none. */
function networks(): ReadonlySet<string> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Set(pids.flatMap((pid) => network(pid) ?? []));
}

function network(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // ended meanwhile
  }
}

/** Namespaces of the processes that `program` started. */
function networksOf({ pid }: Program): readonly string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return [...new Set(children.flatMap((child) => network(child) ?? []))];
}

test('--help says what it does and what it takes', async () => {
  const demo = await start('--help');
  expect((await demo.ended).status).toBe(0);
  expect(demo.output().stdout).toMatch(/--seconds N.*--fast.*--protocol P/s);
});

test.each([['--seconds', 'soon'], ['--protocol', 'rest'], ['--loud']])('refuses %s %s in one line', async (...args) => {
  const demo = await start(...args);
  expect((await demo.ended).status).toBe(2);
  expect(demo.output().stderr).toMatch(new RegExp(`^demo: .*${args[0]}.*\n$`));
});

describeWith(['topology'], 'the demo without a terminal', () => {
  // The other protocol differs in what Envoys and the relay say, which the split scenario watches: here it is for the slow runs.
  const protocols = inject('effort') > 1 ? ['delta', 'sotw'] : ['delta'];
  test.each(protocols)('plays all acts by %s, loses no request, says so, and leaves nothing', async (protocol) => {
    const demo = await start('--fast', '--protocol', protocol);
    await demo.line(/weights 100\/0/);
    const made = networksOf(demo);
    expect(made.length).toBeGreaterThan(1);
    const { status } = await demo.ended;
    const { stdout, stderr } = demo.output();
    expect(stderr).toBe('');
    expect(stdout).toMatch(/control plane killed.*traffic goes on/);
    expect(stdout).toMatch(/started again.*nothing to reload/);
    expect(stdout).toMatch(/a new change arrives.*live within \d+ ms/);
    expect(stdout).toMatch(/\n[\d,]+ requests, 0 failed\.\n$/);
    expect(status).toBe(0);
    await expect.poll(() => made.filter((name) => networks().has(name))).toEqual([]);
  });

  // All at once: it saves time, and shows that demos do not disturb each other.
  test('ended in the middle by SIGINT, SIGTERM or SIGKILL it leaves nothing', async () => {
    const interrupt = async (signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL') => {
      const demo = await start('--fast');
      await demo.line(/weights 100\/0/);
      const made = networksOf(demo);
      const { status } = await demo.end(signal);
      await expect.poll(() => made.filter((name) => networks().has(name))).toEqual([]);
      return status;
    };
    expect(await Promise.all([interrupt('SIGINT'), interrupt('SIGTERM'), interrupt('SIGKILL')])).toEqual([130, 143, null]);
    // Three demos at once on a busy machine take most of a minute to come as far as that.
  }, 120_000);
});

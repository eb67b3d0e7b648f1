import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IN_PRIVATE_NETWORK } from '../netns/privateNetwork.ts';
import { type Outcome, type Program, startProgram } from '../process/program.ts';
import { envoyBinary, pythonTools } from '../setup/parts.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLONE = ['package.json', 'node_modules', 'packages', 'test', '.cache'];
/** Stands for a folder of programs on the user's PATH. */
const TOOLS = 'tools';

/** Somebody who types what a page says, at the top of a clone of their own, on a machine of their own. */
export interface Newcomer extends AsyncDisposable {
  /** The top of the clone. */
  readonly folder: string;
  readonly home: string;
  /** Starts a shell script, and looks after it to the end. */
  start(script: string): Program;
  /** Runs a shell script to its end. */
  finished(script: string): Promise<Outcome>;
  /** What lies in the clone now and was not there at first. */
  added(): Promise<readonly string[]>;
}

/**
 * Makes a folder that looks as a clone does, an Envoy and the AWS CLI on PATH, and a network with the default ports free.
 * Needs root and a private network.
 */
export async function newcomer(): Promise<Newcomer> {
  const top = await mkdtemp(join(tmpdir(), 'meshwright-newcomer-'));
  const folder = join(top, 'clone');
  const home = join(top, 'home');
  for (const made of [folder, home]) await mkdir(made);
  for (const name of CLONE) await symlink(join(ROOT, name), join(folder, name));
  await mkdir(join(folder, TOOLS));
  await symlink(await envoyBinary(), join(folder, TOOLS, 'envoy'));
  const env = { HOME: home, PATH: `${dirname((await pythonTools()).aws)}:${join(folder, TOOLS)}:${process.env.PATH}` };
  const network = startProgram([...IN_PRIVATE_NETWORK, 'sh', '-c', 'echo up && exec sleep infinity']);
  await network.says('stdout', /^up$/m);
  const started = new Set<Program>();
  const start = (script: string): Program => {
    const program = startProgram(['nsenter', '--net', '--target', `${network.pid}`, '--', 'bash', '-c', script], { cwd: folder, env });
    started.add(program);
    return program;
  };
  return {
    folder,
    home,
    start,
    async finished(script) {
      const run = start(script);
      return { ...(await run.ended), ...run.output() };
    },
    added: async () => (await readdir(folder)).filter((name) => ![...CLONE, TOOLS].includes(name)).sort(),
    async [Symbol.asyncDispose]() {
      for (const running of [...started].toReversed()) await running[Symbol.asyncDispose]();
      await network[Symbol.asyncDispose]();
      await rm(top, { recursive: true });
    },
  };
}

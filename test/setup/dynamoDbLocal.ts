/** DynamoDB Local: its files by Maven, pinned by their hashes, and what a machine needs to run them. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed, outcomeOf, run } from '../process/run.ts';
import { isInstalled, type Part } from './cache.ts';

/** Oldest Java that starts a program from its source with this server's classes. */
const JAVA = 17;

/** Its version is that of pom.xml; the hashes, as `sha256sum *` prints them, are those of every file Maven copies. */
const HASHES = readFileSync(join(import.meta.dirname, 'dynamodb-local.sha256'), 'utf8');

/** The part, for `dynamoDbLibrary` in parts.ts. */
export const dynamoDbPart: Part = {
  folder: `dynamodb-${createHash('sha256').update(HASHES).digest('hex').slice(0, 12)}`,
  title: 'DynamoDB Local',
  override: 'set MESH_TEST_DDB_LIB to a folder with the jar files of DynamoDB Local 2.6.1 and all it depends on.',
  async install(folder) {
    const output = [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'];
    await run(['mvn', '-q', '-B', '-f', join(import.meta.dirname, 'pom.xml'), 'dependency:copy-dependencies', ...output]);
    for (const line of HASHES.trimEnd().split('\n')) expectHash(folder, line);
  },
};

function expectHash(folder: string, line: string): void {
  const [expected, file = ''] = line.split('  ');
  const path = join(folder, file);
  const found = existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'of no file';
  if (found !== expected) throw new CommandFailed(`Maven brought ${file} with the SHA-256 ${found}, not ${expected}.`);
}

/** Why DynamoDB Local cannot run here; undefined where it can. Maven is needed to install it only. */
export async function whyNoDynamoDbLocal(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const installs = !env.MESH_TEST_DDB_LIB && !isInstalled(dynamoDbPart);
  const commands = [['java', '-version'], ['javac', '-version'], ...(installs ? [['mvn', '--version']] : [])];
  const failed = await Promise.all(commands.map(whyNot));
  return failed.find((reason) => reason !== undefined);
}

async function whyNot(command: readonly string[]): Promise<string | undefined> {
  const said = await outcomeOf(command).catch(() => undefined);
  if (said?.status !== 0) return `no DynamoDB Local: ${command.join(' ')} does not run (needs a JDK ${JAVA} or newer, and Maven)`;
  // Those before 9 name their version elsewhere, and otherwise.
  const [, version = '8'] = command[0] === 'javac' ? (/^javac (\d+)/m.exec(said.stdout) ?? []) : [undefined, `${JAVA}`];
  return Number(version) >= JAVA ? undefined : `no DynamoDB Local: the JDK is ${version}, it needs ${JAVA} or newer`;
}

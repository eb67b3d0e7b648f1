/** The real components that tests use, each from its override, the cache, or an installation by its ordinary client. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from '../process/run.ts';
import { installed, type Part, PartMissing, say } from './cache.ts';
import { dynamoDbPart } from './dynamoDbLocal.ts';

/** Version of Envoy the tests are written against; the wheel in envoy.txt is of the same. */
const ENVOY_VERSION = '1.40.0';
/** The oldest the pinned AWS CLI runs on. */
const PYTHON_MINOR = 10;

const envoyPart: Part = {
  folder: `envoy-${ENVOY_VERSION}`,
  title: `Envoy ${ENVOY_VERSION}`,
  override: 'set MESH_TEST_ENVOY to the path of an Envoy binary.',
  install: (folder) => installPythonPackages(folder, 'envoy.txt'),
};

const pythonPart: Part = {
  folder: `python-${createHash('sha256').update(requirements('python.txt')).digest('hex').slice(0, 12)}`,
  title: 'boto3 and the AWS CLI',
  override: 'set MESH_TEST_PYTHON to a Python that has boto3 and awscli, with the command `aws` beside it.',
  install: async (folder) => {
    await installPythonPackages(folder, 'python.txt');
    // pip's own script names the Python of the temporary folder in its first line.
    writeFileSync(join(folder, 'bin', 'aws'), '#!/bin/sh\nexec "$(dirname "$0")/python" -m awscli "$@"\n', { mode: 0o755 });
  },
};

const motoPart: Part = {
  folder: `moto-${createHash('sha256').update(requirements('moto.txt')).digest('hex').slice(0, 12)}`,
  title: 'Moto',
  override: 'set MESH_TEST_MOTO to the path of a moto_server command.',
  install: (folder) => installPythonPackages(folder, 'moto.txt'),
};

/**
 * Path of an Envoy 1.40 binary: MESH_TEST_ENVOY, else the cache, else installed from its wheel, else `envoy` on PATH.
 * @throws PartMissing when there is none.
 */
export async function envoyBinary(): Promise<string> {
  const override = process.env.MESH_TEST_ENVOY;
  if (override) return existing(override, 'MESH_TEST_ENVOY');
  try {
    const folder = await installed(envoyPart);
    const [binary] = globSync(join(folder, 'lib', 'python3*', 'site-packages', 'envoy', '_bin', 'envoy'));
    if (binary === undefined)
      throw new PartMissing(`${folder} holds no Envoy binary. Way out: remove that folder, or ${envoyPart.override}`);
    return binary;
  } catch (error) {
    const onPath = error instanceof PartMissing ? findOnPath('envoy') : undefined;
    if (onPath === undefined) throw error;
    say(`using ${onPath} instead: ${error instanceof Error ? error.message : error}`);
    return onPath;
  }
}

/**
 * A Python with boto3 and the AWS CLI: MESH_TEST_PYTHON, else the cache, else installed from python.txt.
 * @throws PartMissing when neither is there.
 */
export async function pythonTools(): Promise<{ readonly python: string; readonly aws: string }> {
  const override = process.env.MESH_TEST_PYTHON;
  if (override) {
    const python = existing(override, 'MESH_TEST_PYTHON');
    return { python, aws: existing(join(dirname(python), 'aws'), 'MESH_TEST_PYTHON') };
  }
  const bin = join(await installed(pythonPart), 'bin');
  return { python: join(bin, 'python'), aws: join(bin, 'aws') };
}

/**
 * The command that starts Moto's server: MESH_TEST_MOTO, else from the cache, else installed from moto.txt.
 * @throws PartMissing when neither is there.
 */
export async function motoCommand(): Promise<readonly string[]> {
  const override = process.env.MESH_TEST_MOTO;
  if (override) return [existing(override, 'MESH_TEST_MOTO')];
  // As a module: pip's own script names the Python of the temporary folder in its first line.
  return [join(await installed(motoPart), 'bin', 'python'), '-m', 'moto.server'];
}

/**
 * Folder with the jar files of DynamoDB Local: MESH_TEST_DDB_LIB, else the cache, else installed as pom.xml says.
 * @throws PartMissing when neither is there.
 */
export async function dynamoDbLibrary(): Promise<string> {
  const override = process.env.MESH_TEST_DDB_LIB;
  return override ? existing(override, 'MESH_TEST_DDB_LIB') : installed(dynamoDbPart);
}

/** First executable of that name on PATH. */
function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function installPythonPackages(folder: string, file: string): Promise<void> {
  const python = await findPython();
  await run([python, '-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'];
  await run([join(folder, 'bin', 'python'), ...pip, '-r', join(import.meta.dirname, file)]);
}

async function findPython(): Promise<string> {
  const check = `import sys; sys.exit(sys.version_info < (3, ${PYTHON_MINOR}))`;
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const works = await run([name, '-c', check]).then(
      () => true,
      () => false,
    );
    if (works) return name;
  }
  throw new PartMissing(
    `Python 3.${PYTHON_MINOR} or newer is missing; the tests use it to install Envoy and the AWS clients. Way out: install python3 with its venv module.`,
  );
}

function existing(path: string, variable: string): string {
  if (!existsSync(path)) throw new PartMissing(`${variable} leads to ${path}, which does not exist. Way out: correct it, or unset it.`);
  return path;
}

function requirements(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}

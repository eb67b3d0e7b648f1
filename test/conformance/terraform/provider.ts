import { globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../process/program.ts';
import { run } from '../../process/run.ts';
import { ENVIRONMENT } from './environment.ts';

/** The AWS provider, running: every `terraform` that is told of it uses this process instead of starting its own. */
export interface RunningProvider extends AsyncDisposable {
  /** What tells `terraform` of it, as an environment. */
  readonly reattach: Readonly<Record<string, string>>;
}

/**
 * Lets `terraform init` choose the provider's release for the configuration in this folder, and starts it: each command starting one
 * anew would cost half of its time.
 */
export async function startProvider(folder: string, pluginFolder: string): Promise<RunningProvider> {
  await run(['terraform', `-chdir=${folder}`, 'init', '-no-color', `-plugin-dir=${pluginFolder}`], { env: ENVIRONMENT, onlyEnv: true });
  const binary = installedProvider(folder);
  const program = startProgram([binary, '-debug'], { env: ENVIRONMENT, onlyEnv: true });
  const [, providers = ''] = await program.says('stdout', /TF_REATTACH_PROVIDERS='(.*)'/);
  return { reattach: { TF_REATTACH_PROVIDERS: providers }, [Symbol.asyncDispose]: program[Symbol.asyncDispose] };
}

function installedProvider(folder: string): string {
  // The last folder may be a link into the folder of plugins, and patterns do not look behind links.
  const [release = folder] = globSync(join(folder, '.terraform', 'providers', '*', '*', 'aws', '*', '*'));
  const binary = readdirSync(release).find((file) => file.startsWith('terraform-provider-aws'));
  if (binary === undefined) throw new Error(`terraform init left no provider in ${release}`);
  return join(release, binary);
}

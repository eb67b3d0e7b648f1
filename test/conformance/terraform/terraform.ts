import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outcomeOf } from '../../process/run.ts';
import { ENVIRONMENT } from './environment.ts';
import { type RunningProvider, startProvider } from './provider.ts';

/** What users do at a shell, in one folder of configurations. */
export interface Terraform {
  /** What would be done, and what the configuration says. */
  plan(...options: readonly string[]): Promise<Plan>;
  /** Does what the last plan said, with ten requests at a time, which is Terraform's default. */
  applyPlan(): Promise<void>;
  /** Plans and applies in one command. */
  apply(...options: readonly string[]): Promise<void>;
  /** What `plan -detailed-exitcode` says: 'no changes', or the changes in words. */
  drift(...options: readonly string[]): Promise<string>;
  /** All that the state holds. */
  state(): Promise<readonly StateResource[]>;
  /** Any command. */
  command(...args: readonly string[]): Promise<string>;
}

/** A plan as `terraform show -json` tells it, the part the tests read. */
export interface Plan {
  readonly resource_changes?: readonly ResourceChange[];
  readonly configuration: { readonly root_module: { readonly resources: readonly ConfiguredResource[] } };
}

/** What a plan means to do with one resource. */
export interface ResourceChange {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly change: { readonly actions: readonly string[] };
}

/** One block of the configuration as it was written: blocks are lists of expressions in their turn. */
export interface ConfiguredResource {
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly expressions: Expressions;
}

/** Arguments and blocks by name. */
export interface Expressions {
  readonly [name: string]: unknown;
}

/** One resource or data source of the state. */
export interface StateResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly values: { readonly [name: string]: unknown };
}

/** Terraform with the stock provider, against one control plane. */
export interface TerraformWorkshop extends AsyncDisposable {
  readonly terraform: Terraform;
  /** The same configuration, and more, with an empty state. */
  withoutState(more: Readonly<Record<string, string>>): Promise<Terraform>;
}

/** Sets up a folder of its own for the configurations in this one, and a provider. */
export async function openWorkshop(configuration: string, pluginFolder: string, endpoint: string): Promise<TerraformWorkshop> {
  const root = await mkdtemp(join(tmpdir(), 'meshwright-terraform-'));
  const folder = join(root, 'first');
  await cp(configuration, folder, { recursive: true });
  const provider = await startProvider(folder, pluginFolder).catch(async (error: unknown) => {
    await rm(root, { recursive: true });
    throw error;
  });
  return {
    terraform: terraformIn(folder, provider, endpoint),
    async withoutState(more) {
      const other = await mkdtemp(join(root, 'other-'));
      await cp(configuration, other, { recursive: true });
      for (const [file, text] of Object.entries(more)) await writeFile(join(other, file), text);
      const terraform = terraformIn(other, provider, endpoint);
      await terraform.command('init');
      return terraform;
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await rm(root, { recursive: true });
    },
  };
}

function terraformIn(folder: string, provider: RunningProvider, endpoint: string): Terraform {
  const env = { ...ENVIRONMENT, ...provider.reattach, TF_VAR_endpoint: endpoint };
  const outcome = (args: readonly string[]) => outcomeOf(['terraform', `-chdir=${folder}`, ...args], { env, onlyEnv: true });
  const command = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await outcome(args);
    // The reasons stand above the last lines, each in a frame of its own.
    if (status !== 0) throw new Error(`terraform ${args.join(' ')} (exit code ${status}):\n${stderr || stdout}`);
    return stdout;
  };
  const show = async <Shown>(...file: readonly string[]): Promise<Shown> => JSON.parse(await command('show', '-json', ...file));
  return {
    command,
    async plan(...options) {
      await command('plan', '-no-color', '-out=next.tfplan', ...options);
      return show<Plan>('next.tfplan');
    },
    applyPlan: async () => void (await command('apply', '-no-color', 'next.tfplan')),
    apply: async (...options) => void (await command('apply', '-no-color', '-auto-approve', ...options)),
    async drift(...options) {
      const { status, stdout, stderr } = await outcome(['plan', '-no-color', '-detailed-exitcode', ...options]);
      return status === 0 ? 'no changes' : `${stdout}${stderr}`;
    },
    async state() {
      const { values } = await show<{ readonly values?: { readonly root_module: { readonly resources: readonly StateResource[] } } }>();
      return values?.root_module.resources ?? [];
    },
  };
}

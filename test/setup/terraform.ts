import { existsSync, globSync, readFileSync } from 'node:fs';
import { arch, homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { canStart } from '../process/run.ts';

/** The AWS provider's source address, which is its folder in every folder of plugins. */
const PROVIDER = join('registry.terraform.io', 'hashicorp', 'aws');

/** The provider's releases whose resources the tests' configurations are written for. */
const RELEASES = '5.100.*';

/** A folder of plugins to give to `terraform init -plugin-dir`, or why the stock Terraform cannot be run here. */
export type TerraformFound = { readonly pluginFolder: string } | { readonly reason: string };

/**
 * Looks for Terraform and its AWS provider; neither is ever installed by us.
 * @param env whose MESH_TEST_TF_PLUGIN_DIR leads to a folder of plugins; without it the folders are searched that Terraform itself
 *   searches, those its settings name, and packages below `/opt`
 */
export async function findTerraform(env: NodeJS.ProcessEnv): Promise<TerraformFound> {
  if (!(await canStart(['terraform', '-version']))) return { reason: 'terraform is not installed' };
  const override = env.MESH_TEST_TF_PLUGIN_DIR;
  const pluginFolder = (override ? [override] : pluginFolders(env)).find(holdsProvider);
  if (pluginFolder !== undefined) return { pluginFolder };
  const searched = override ? `MESH_TEST_TF_PLUGIN_DIR=${override} holds no` : 'no folder of plugins holds';
  return { reason: `${searched} AWS provider ${RELEASES} for Terraform (set MESH_TEST_TF_PLUGIN_DIR to one that does)` };
}

/** Where plugins usually are, the nearest first. */
function pluginFolders(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env.HOME ?? homedir();
  const dataFolders = [
    env.XDG_DATA_HOME ?? join(home, '.local', 'share'),
    ...(env.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(delimiter),
  ];
  return [
    ...(env.TF_PLUGIN_CACHE_DIR ? [env.TF_PLUGIN_CACHE_DIR] : []),
    ...foldersInSettings(env.TF_CLI_CONFIG_FILE || join(home, '.terraformrc')),
    join(home, '.terraform.d', 'plugins'),
    ...dataFolders.map((folder) => join(folder, 'terraform', 'plugins')),
    ...globSync(join('/opt', '*')),
  ];
}

/** The folders that Terraform's own settings name: mirrors of providers, and the cache of what was downloaded. */
function foldersInSettings(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const named = readFileSync(file, 'utf8').matchAll(/^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"/gm);
  return [...named].map(([, folder = '']) => folder);
}

/** Whether the provider is there for this machine, unpacked or packed. */
function holdsProvider(folder: string): boolean {
  const machine = `${platform()}_${arch() === 'x64' ? 'amd64' : arch()}`;
  const layouts = [join(RELEASES, machine), `terraform-provider-aws_${RELEASES}_${machine}.zip`];
  return globSync(layouts.map((layout) => join(folder, PROVIDER, layout))).length > 0;
}

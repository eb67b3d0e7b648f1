import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { canStart, outcomeOf, runAgainBehind } from '../process/run.ts';

/** Why an ordinary user cannot have a user namespace here, and what would change that. */
export interface Hindrance {
  readonly reason: string;
  readonly fix: string;
}

/**
 * Root inside, the calling user outside. `--map-auto` maps the user's subordinate ids behind it, by `newuidmap`: uid 1337 must exist inside,
 * and only that set-uid program may map more than one's own.
 */
const UNSHARE = ['unshare', '--user', '--map-root-user', '--map-auto', '--mount', '--net', '--'] as const;

function sysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined; // this kernel has no such switch
  }
}

function hasRange(file: string): boolean {
  const { username, uid } = userInfo();
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`));
  } catch {
    return false;
  }
}

/** Tries it, and if it fails finds out why: the kernel's switches first, then the tools, then the user's ranges. */
export async function findHindrance(): Promise<Hindrance | undefined> {
  // Mounting is what AppArmor's restriction takes away after the namespace itself was allowed.
  const trial = await outcomeOf([...UNSHARE, 'mount', '-t', 'tmpfs', 'tmpfs', '/run']).catch(() => ({ status: undefined, stderr: '' }));
  if (trial.status === 0) return undefined;
  const { username } = userInfo();
  const said = trial.stderr.trim().split('\n').at(-1) ?? '';
  if (sysctl('kernel/unprivileged_userns_clone') === '0')
    return { reason: 'the kernel lets only root make user namespaces', fix: 'sudo sysctl kernel.unprivileged_userns_clone=1' };
  if (sysctl('user/max_user_namespaces') === '0')
    return { reason: 'the kernel allows no user namespaces', fix: 'sudo sysctl user.max_user_namespaces=10000' };
  if (!(await canStart(['unshare', '--version']))) return { reason: 'unshare is not installed', fix: 'install util-linux 2.38 or newer' };
  if (/unrecognized option/.test(trial.stderr))
    return { reason: 'this unshare cannot map a range of user ids', fix: 'install util-linux 2.38 or newer' };
  if (!(await canStart(['newuidmap', '--version'])))
    return { reason: 'newuidmap is not installed', fix: 'sudo apt-get install uidmap (elsewhere: shadow-utils)' };
  if (!hasRange('/etc/subuid') || !hasRange('/etc/subgid'))
    return {
      reason: `${username} has no subordinate user ids, and Envoy must run as uid 1337 beside the applications`,
      fix: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}`,
    };
  if (sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1')
    return { reason: 'AppArmor restricts user namespaces', fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0' };
  return { reason: `the kernel or container refuses a user namespace: ${said}`, fix: 'run it on a machine, or in a privileged container' };
}

/**
 * Runs this very command once more as root of a new user namespace, and answers its exit status.
 * The one inside gets our signals, and dies when we do.
 */
export function runInside(env: NodeJS.ProcessEnv): Promise<number> {
  return runAgainBehind([...UNSHARE, 'setpriv', '--pdeathsig', 'KILL', '--'], env);
}

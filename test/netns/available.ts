import { canStart, outcomeOf } from '../process/run.ts';
import { setUpScript } from './setUp.ts';

/** Whether a topology can be built here; if not, what is missing and what to do. */
export type Availability = { readonly kind: 'available' } | { readonly kind: 'missing'; readonly reason: string; readonly fix: string };

/** The tools a topology is made with, and the Debian package of each. */
const TOOLS = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
  iptables: 'iptables',
  curl: 'curl',
} as const;

/** Commands that set up a namespace, enter it and drop into it: `unshare`, then everything else by `nsenter`. */
export const UNSHARE: readonly string[] = ['unshare', '--mount', '--net', '--', 'setpriv', '--pdeathsig', 'KILL', '--'];

async function missingTool(iptables: string): Promise<string | undefined> {
  for (const [tool, owner] of Object.entries({ ...TOOLS, [iptables]: 'iptables' })) {
    // Their --version needs no rights; only being absent makes the start fail.
    if (!(await canStart([tool, '--version']))) return `${tool} (package ${owner})`;
  }
  return undefined;
}

/**
 * Tries the very set-up of a topology, with nothing running in it, and says what stands in the way.
 * @param iptables as in `TopologyOptions`
 */
export async function available(iptables = 'iptables'): Promise<Availability> {
  if (process.platform !== 'linux')
    return {
      kind: 'missing',
      reason: `network namespaces are a Linux feature, this is ${process.platform}`,
      fix: 'run it in a Linux machine or container',
    };
  const tool = await missingTool(iptables);
  if (tool !== undefined) return { kind: 'missing', reason: `${tool} is not installed`, fix: 'install it with the package manager' };
  const script = setUpScript({ envoyBinary: process.execPath, iptables }, ['true']);
  const { status, stderr } = await outcomeOf([...UNSHARE, 'sh'], { input: script });
  if (status === 0) return { kind: 'available' };
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const root = process.getuid?.() === 0;
  return {
    kind: 'missing',
    reason: root ? `the kernel or container forbids it: ${said}` : `namespaces need root: ${said}`,
    fix: root ? 'give the container CAP_SYS_ADMIN and CAP_NET_ADMIN, or run on a machine' : 'run it as root',
  };
}

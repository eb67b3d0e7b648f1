import { existsSync } from 'node:fs';
import { interceptionRules } from './interception.ts';
import { bridgeBatch, HOSTS, type Host, HUB_ADDRESS, hostBatch } from './network.ts';

/** Folder of the topology's own: a tmpfs in its mount namespace that goes with the last process in it. */
export const FOLDER = '/run/meshwright';

/** Envoy as uid 1337 sees it: the real one may lie below a folder this uid cannot enter. */
export const ENVOY = `${FOLDER}/envoy`;

/** What the set-up script depends on. */
export interface SetUp {
  /** Path of the Envoy binary. */
  readonly envoyBinary: string;
  /** `iptables`, `iptables-legacy` or `iptables-nft`; the `ip6` and `-restore` names follow from it. */
  readonly iptables: string;
}

const input = (command: string, text: string) => `${command} <<'END'\n${text}\nEND`;
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Files every process of the topology sees in place of the machine's. */
const ETC = {
  'resolv.conf': `nameserver ${HUB_ADDRESS}\noptions timeout:1 attempts:2`,
  hosts: '127.0.0.1 localhost\n::1 localhost',
  // .local must not go to mDNS
  'nsswitch.conf': 'hosts: files dns',
} as const;

function bindEtc(): string {
  const files = Object.entries(ETC).map(([name, text]) => `${input(`cat > ${FOLDER}/${name}`, text)}\nbind ${name}`);
  // The machine's resolv.conf may be a link into /run, which is covered by now: its target is made anew, in our own /run only.
  return `bind() {
  target=$(readlink -m "/etc/$1")
  case $target in /run/*) mkdir -p "\${target%/*}"; : > "$target" ;; esac
  if [ -e "$target" ]; then mount --bind ${FOLDER}/"$1" "$target"; fi
}
${files.join('\n')}`;
}

function host(name: string, host: Host, iptables: string, ipv6: boolean): string {
  const inside = `nsenter --net=/run/netns/${name}`;
  const rules = [
    input(`${inside} ${iptables}-restore -w`, interceptionRules('v4')),
    ...(ipv6 ? [input(`${inside} ${iptables.replace(/^ip/, 'ip6')}-restore -w`, interceptionRules('v6'))] : []),
  ];
  return [input(`ip -n ${name} -batch -`, hostBatch(host, ipv6)), ...(host.intercepted ? rules : [])].join('\n');
}

/**
 * Shell script that builds the whole topology; run it in a fresh mount and network namespace, which becomes the hub.
 * Nothing is made outside: /run is a tmpfs of its own, so that `ip netns` and the xtables lock write there, and it all goes with the last process.
 */
export function setUpScript(setUp: SetUp, hub: readonly string[]): string {
  const names = Object.keys(HOSTS);
  // A kernel without IPv6 has nothing to redirect there.
  const ipv6 = existsSync('/proc/net/if_inet6');
  return `set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir ${FOLDER}
: > ${ENVOY}
mount --bind ${quote(setUp.envoyBinary)} ${ENVOY}
${bindEtc()}
for name in ${names.join(' ')}; do ip netns add "$name"; done
${input('ip -batch -', bridgeBatch(ipv6))}
${Object.entries(HOSTS)
  .map(([name, row]) => host(name, row, setUp.iptables, ipv6))
  .join('\n')}
exec ${hub.map(quote).join(' ')}
`;
}

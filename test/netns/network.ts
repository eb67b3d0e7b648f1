/** The mesh's small network: who lives in which namespace, and the commands that build it inside a namespace of its own. */

/** One host of the topology: a network namespace with one interface on the hub's bridge. */
export interface Host {
  /** Last part of its addresses, 10.99.0.N and fd00::N. */
  readonly last: number;
  /** Answers on every port of `PORTS` as this virtual node; absent for a mere client, and for a gateway. */
  readonly app?: string;
  /** Whether App Mesh's rules redirect its traffic to Envoy. */
  readonly intercepted: boolean;
}

/** Hosts by namespace: three workloads with a sidecar each, a gateway, and a client outside the mesh. */
export const HOSTS = {
  a: { last: 11, app: 'servicea', intercepted: true },
  b: { last: 21, app: 'serviceb', intercepted: true },
  b2: { last: 22, app: 'servicebv2', intercepted: true },
  gw: { last: 31, intercepted: false },
  out: { last: 41, intercepted: false },
} as const satisfies Record<string, Host>;

/** A namespace with a workload; `hub` holds the bridge, the name server and the control plane. */
export type Namespace = keyof typeof HOSTS | 'hub';

/** Namespaces whose traffic goes through an Envoy. */
export type Sidecar = 'a' | 'b' | 'b2';

/** Namespaces an Envoy may run in: a sidecar's, or the gateway's. */
export type ProxyNamespace = Sidecar | 'gw';

/** Where the other namespaces reach the hub: bridge, name server, forwarded xDS port. */
export const HUB_ADDRESS = '10.99.0.1';

/** Ports the applications listen on, one for each protocol a listener can have, and the App Mesh rules redirect. */
export const PORTS = { http: 8080, http2: 8082, grpc: 50051, tcp: 3306 } as const;

/** Port of TLS: the applications answer there, too, but it is no listener's, and what comes in there passes Envoy by. */
export const SECRET_PORT = 443;

/** Address of a host on the hub's bridge. */
export function addressOf(namespace: keyof typeof HOSTS): string {
  return `10.99.0.${HOSTS[namespace].last}`;
}

const hosts: readonly (readonly [string, Host])[] = Object.entries(HOSTS);

/** Addresses of every application, as the name server tells them: `<virtual node>.apps.local`. */
export function zone(): Readonly<Record<string, readonly string[]>> {
  const rows = hosts.flatMap(([, { app, last }]) => (app === undefined ? [] : [[`${app}.apps.local`, [`10.99.0.${last}`]] as const]));
  return Object.fromEntries(rows);
}

/** Input of `ip -batch` for the hub's bridge and one pair of interfaces per host. */
export function bridgeBatch(ipv6: boolean): string {
  const hub = ['link set lo up', 'link add br0 type bridge', `addr add ${HUB_ADDRESS}/24 dev br0`, 'link set br0 up'];
  const pairs = hosts.flatMap(([name]) => [
    `link add v-${name} type veth peer name eth0 netns ${name}`,
    `link set v-${name} master br0`,
    `link set v-${name} up`,
  ]);
  return [...hub, ...(ipv6 ? ['addr add fd00::1/64 dev br0 nodad'] : []), ...pairs].join('\n');
}

/** Input of `ip -n NAMESPACE -batch` for one host's own interface. */
export function hostBatch({ last }: Host, ipv6: boolean): string {
  const lines = ['link set lo up', `addr add 10.99.0.${last}/24 dev eth0`];
  return [...lines, ...(ipv6 ? [`addr add fd00::${last}/64 dev eth0 nodad`] : []), 'link set eth0 up'].join('\n');
}

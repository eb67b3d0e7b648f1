import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Envoy that takes all it runs from a relay. */
export interface EnvoyProcess {
  /** Body of an admin path. */
  admin(path: string): Promise<string>;
  /** Value of one counter or gauge. */
  stat(name: string): Promise<number>;
  /** `host:port` a listener of the configuration is bound to. */
  listenerAddress(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts Envoy with a bootstrap that knows the relay's port and nothing else. */
export async function startEnvoy(
  binary: string,
  options: { readonly nodeId: string; readonly xdsPort: number; readonly protocol: 'sotw' | 'delta' },
) {
  const folder = await mkdtemp(join(tmpdir(), 'relay-envoy-'));
  const bootstrap = join(folder, 'envoy.json');
  const adminFile = join(folder, 'admin');
  await writeFile(bootstrap, JSON.stringify(bootstrapOf(options)));
  const log = join(folder, 'log');
  const args = ['-c', bootstrap, '--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warn', '--log-path', log];
  const child = spawn(binary, [...args, '--admin-address-path', adminFile], { stdio: 'ignore' });
  const address = await until(
    'Envoy tells its admin address',
    async () => (await readFile(adminFile, 'utf8').catch(() => '')) || undefined,
  );
  return envoyAt(address, child, folder);
}

/** Polls until there is an answer; the thing waited for lives in another process and tells nobody. */
export async function until<T>(what: string, answer: () => Promise<T | undefined>, millis = 20_000): Promise<T> {
  const end = Date.now() + millis;
  for (;;) {
    const found = await answer();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited ${millis} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function envoyAt(address: string, child: ChildProcess, folder: string): EnvoyProcess {
  const admin = async (path: string): Promise<string> => (await fetch(`http://${address}${path}`)).text();
  return {
    admin,
    async stat(name) {
      const line = (await admin(`/stats?filter=^${name.replaceAll('.', '\\.')}$`)).trim();
      return Number(line.split(': ')[1] ?? 0);
    },
    async listenerAddress(name) {
      const lines = (await admin('/listeners')).trim().split('\n');
      const found = lines.find((line) => line.startsWith(`${name}::`));
      if (found === undefined) throw new Error(`Envoy has no listener ${name}: ${lines.join(', ')}`);
      return found.slice(name.length + 2);
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

function bootstrapOf({ nodeId, xdsPort, protocol }: Parameters<typeof startEnvoy>[1]): object {
  return {
    node: { id: nodeId, cluster: 'relay-test' },
    admin: { address: socketAddress('127.0.0.1', 0) },
    dynamic_resources: {
      ads_config: {
        api_type: protocol === 'delta' ? 'DELTA_GRPC' : 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: protocol === 'delta',
        grpc_services: [{ envoy_grpc: { cluster_name: 'relay' } }],
      },
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      lds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
    },
    static_resources: {
      clusters: [
        {
          name: 'relay',
          type: 'STATIC',
          connect_timeout: '1s',
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: 'relay',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress('127.0.0.1', xdsPort) } }] }],
          },
        },
      ],
    },
  };
}

function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } };
}

import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compile } from '@meshwright/compiler';
import { meshStateOf, type WrittenResource } from '@meshwright/compiler/testing';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { envoyBootstrap, MemorySnapshots } from '@meshwright/local';
import type { MeshSnapshot, ProxySnapshot } from '@meshwright/snapshot';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { IN_PRIVATE_NETWORK } from '../netns/privateNetwork.ts';
import { type Program, startProgram } from '../process/program.ts';
import { MESH, PROXY } from '../relay/handMadeMesh.ts';
import { type EventLog, publish, startRelay } from '../relay/relayUnderTest.ts';
import { envoyBinary } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';

// Every golden proxy is sent, one after the other, to one Envoy that runs on: what it takes when it starts, it must also take as a
// change of whatever it ran before. It has a network of its own, for App Mesh's ports are fixed, and reaches the relay by a socket.

const testdata = join(import.meta.dirname, '..', '..', 'packages', 'compiler', 'testdata');

/** One proxy of one golden case. */
interface Golden {
  readonly name: string;
  readonly proxy: ProxySnapshot;
  readonly resources: MeshSnapshot['resources'];
}

describeWith(['private network'], 'one Envoy that is sent all golden proxies in turn', () => {
  test.each(['sotw', 'delta'] as const)('refuses none of them, %s', async (protocol) => {
    const goldens = goldenProxies();
    const snapshots = new MemorySnapshots();
    const folder = mkdtempSync(join(tmpdir(), 'golden-relay-'));
    const socket = join(folder, 'xds');
    const { relay, log } = await startRelay({ snapshots, address: `unix:${socket}` });
    let envoy: Program | undefined;
    try {
      envoy = startEnvoy(await envoyBinary(), socket, protocol);
      let before: ProxySnapshot | undefined;
      for (const [position, { name, proxy, resources }] of goldens.entries()) {
        const version = { epoch: 1, n: BigInt(position + 1), build: 1 };
        await publish(snapshots, { mesh: MESH, version, proxies: new Map([[PROXY, proxy]]), resources });
        await log.until(`${name} acknowledged`, acknowledged(`1.${position + 1}.1`, changedTypes(before, proxy)));
        const refusals = log.ofKind('rejected').map(({ typeUrl, message }) => `${name}: ${typeUrl} ${message}`);
        expect(refusals).toEqual([]);
        before = proxy;
      }
    } finally {
      await envoy?.end('SIGKILL').catch(() => {});
      await relay.close(0);
      rmSync(folder, { recursive: true });
    }
  });
});

function goldenProxies(): readonly Golden[] {
  return globSync('*/*/mesh.yaml', { cwd: testdata })
    .sort()
    .flatMap((file) => {
      const { snapshot } = compile(meshStateOf(parse(readFileSync(join(testdata, file), 'utf8')) as WrittenResource[]));
      return [...snapshot.proxies].map(([name, proxy]) => ({ name: `${dirname(file)} ${name}`, proxy, resources: snapshot.resources }));
    });
}

function startEnvoy(binary: string, socket: string, protocol: 'sotw' | 'delta'): Program {
  const bootstrap = JSON.stringify(envoyBootstrap({ nodeId: PROXY, xdsHost: '127.0.0.1', xdsPort: 1, adminPort: 0, protocol }));
  const toSocket = bootstrap.replace(
    '{"socket_address":{"address":"127.0.0.1","port_value":1}}',
    JSON.stringify({ pipe: { path: socket } }),
  );
  const flags = ['--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warn', '--config-yaml', toSocket];
  return startProgram([...IN_PRIVATE_NETWORK, binary, ...flags]);
}

/** Types that Envoy is sent anew; routes only where a listener asks for some. */
function changedTypes(before: ProxySnapshot | undefined, after: ProxySnapshot): readonly string[] {
  return [CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE].filter((type) => {
    const now = after.types.get(type);
    if (now === undefined || now.version === before?.types.get(type)?.version) return false;
    return type !== ROUTE_TYPE || now.references.size > 0;
  });
}

function acknowledged(version: string, types: readonly string[]) {
  return (log: EventLog): boolean => {
    const done = new Set(
      [...log.ofKind('acked'), ...log.ofKind('rejected')]
        .filter((event) => event.snapshotVersion === version)
        .map(({ typeUrl }) => typeUrl),
    );
    return types.every((type) => done.has(type));
  };
}

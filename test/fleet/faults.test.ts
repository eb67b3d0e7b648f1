import { join } from 'node:path';
import type { ProxyStatus } from '@meshwright/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Program, startProgram } from '../process/program.ts';
import { outcomeOf } from '../process/run.ts';
import { type EnvoyProcess, startEnvoy } from '../relay/envoyProcess.ts';
import { EventLog } from '../relay/relayUnderTest.ts';
import { envoyBinary } from '../setup/parts.ts';
import { snapshotOf } from './content.ts';
import { createMesh, startUngated, type UngatedControlPlane } from './controlPlane.ts';
import { type Fault, faults } from './faults.ts';

const CLI = join(import.meta.dirname, '..', '..', 'packages', 'local', 'src', 'cli.ts');
const STATUS = [process.execPath, CLI, 'status', '--mesh', 'apps'];
const NODE = 'mesh/apps/virtualNode/a';

let log: EventLog;
let controlPlane: UngatedControlPlane;
let envoy: EnvoyProcess;
/** Somebody who looks at the fleet all the time. */
let terminal: Program;
let revision = 1n;
beforeAll(async () => {
  log = new EventLog();
  controlPlane = await startUngated(log.add);
  await createMesh(controlPlane);
  await controlPlane.put(snapshotOf(revision));
  envoy = await startEnvoy(await envoyBinary(), { nodeId: NODE, xdsPort: controlPlane.xdsPort, protocol: 'delta' });
  terminal = startProgram([...STATUS, '--api', controlPlane.apiUrl, '--watch']);
  await told('acked', faults.at(-1) as Fault, 0);
});
afterAll(async () => {
  await terminal?.end('SIGKILL');
  await envoy?.stop();
  await controlPlane?.[Symbol.asyncDispose]();
});

/** Once the Envoy has answered for a type. */
async function told(kind: 'acked' | 'rejected', { type }: Fault, since: number): Promise<void> {
  await log.until(`${kind} ${type}`, ({ events }) =>
    events.slice(since).some((event) => event.kind === kind && 'typeUrl' in event && event.typeUrl === type),
  );
}

async function put(fault?: Fault): Promise<number> {
  const since = log.events.length;
  revision += 1n;
  await controlPlane.put(snapshotOf(revision, fault));
  return since;
}

const proxies = async (state: string): Promise<readonly ProxyStatus[]> =>
  (await controlPlane.get(`/v1/meshes/apps/proxies?state=${state}`)).proxies as readonly ProxyStatus[];
const refusals = async () => (await controlPlane.get('/v1/meshes/apps/diagnostics')).diagnostics as readonly Record<string, string>[];

test('there are twenty', () => {
  expect(faults).toHaveLength(20);
});

test.each(faults)(
  '$what: the reason is with the resource, with the proxy and in the terminal, until good content is accepted',
  async (fault) => {
    await told('rejected', fault, await put(fault));
    const resource = `mesh/apps/${fault.resourcePath}`;
    const [diagnostic] = (await refusals()).filter((one) => one.resource === resource);
    expect(diagnostic).toMatchObject({
      code: 'refused-by-proxy',
      severity: 'error',
      pointer: fault.pointer,
      message: expect.stringMatching(fault.says),
    });
    const [refusing] = await proxies('REJECTED');
    const refused = refusing?.types.find(({ state }) => state === 'REJECTED');
    expect(refused?.rejected?.message).toMatch(fault.says);
    expect(refused?.rejected?.causes.map((cause) => cause.resource)).toContain(resource);
    await terminal.says('stdout', new RegExp(`refused:.* ${resource}\\b.*${fault.says.source}`));

    await told('acked', fault, await put());
    expect(await refusals()).toEqual([]);
    expect(await proxies('SYNCED')).toHaveLength(1);
  },
);

test('the exit code says whether all is well', async () => {
  const status = () => outcomeOf([...STATUS, '--api', controlPlane.apiUrl]);
  expect(await status()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1 proxy: 1 synced$/m) });
  const [fault] = faults;
  if (fault === undefined) throw new Error('there are no faults');
  await told('rejected', fault, await put(fault));
  expect(await status()).toMatchObject({ status: 1, stdout: expect.stringMatching(/^1 proxy: 1 rejected$/m) });
});

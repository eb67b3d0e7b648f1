import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { describeWith } from '../../setup/requires.ts';
import { inSteps } from '../../setup/steps.ts';
import { findTerraform } from '../../setup/terraform.ts';
import { type System, startSystem } from '../system.ts';
import { type ProviderSchemas, writablePaths, writtenPaths } from './schema.ts';
import { openWorkshop, type Plan, type StateResource, type Terraform, type TerraformWorkshop } from './terraform.ts';

const TYPES = ['gateway_route', 'mesh', 'route', 'virtual_gateway', 'virtual_node', 'virtual_router', 'virtual_service'].map(
  (type) => `aws_appmesh_${type}`,
);

/** What can be written by the schema, and why we do not. */
const NOT_WRITTEN = [
  { path: /^(data\.)?\w+\.id$/, because: 'the provider sets it' },
  { path: /^\w+\.tags_all$/, because: 'the provider computes it from the tags and the default tags' },
  { path: /^data\.\w+\.tags$/, because: 'the provider reads it' },
  { path: /^aws_appmesh_route\.spec\.grpc_route\.match\.prefix$/, because: 'the provider never sends it: App Mesh has no such member' },
];

const EDITED = '-var=edited=true';

// Each command has the provider check all of its own schemas, which takes it seconds whatever it is asked for, and more on a busy machine:
// so there is one configuration for everything, and much time.
vi.setConfig({ testTimeout: 300_000 });

describeWith(['terraform'], 'Terraform with the stock AWS provider', () => {
  let system: System;
  let workshop: TerraformWorkshop;
  let terraform: Terraform;
  let created: readonly StateResource[];
  let meshUid: string;
  inSteps();

  beforeAll(async () => {
    system = await startSystem();
    const found = await findTerraform(process.env);
    if ('reason' in found) throw new Error(found.reason);
    workshop = await openWorkshop(join(import.meta.dirname, 'configuration'), found.pluginFolder, system.apiUrl);
    terraform = workshop.terraform;
  });

  afterAll(async () => {
    await workshop?.[Symbol.asyncDispose]();
    await system?.close();
  });

  /** Addresses of the resources a plan changes, by what it does to them. */
  function changes(plan: Plan): Readonly<Record<string, readonly string[]>> {
    const changed = (plan.resource_changes ?? []).filter(({ mode }) => mode === 'managed');
    const byActions = Object.groupBy(changed, ({ change }) => change.actions.join(', '));
    return Object.fromEntries(Object.entries(byActions).map(([actions, all = []]) => [actions, all.map(({ address }) => address)]));
  }

  /** Requests since then that were refused or failed; the provider would try some of them again, unseen. */
  const failuresSince = (start: number) => system.answered.slice(start).filter(({ status }) => status >= 400);

  const managed = (resources: readonly StateResource[]) => resources.filter(({ mode }) => mode === 'managed');
  const ids = (resources: readonly StateResource[]) => new Map(managed(resources).map(({ address, values }) => [address, values.id]));

  /** Import ids are names with slashes between them, so a name with a slash has none. */
  const importable = (resources: readonly StateResource[]) =>
    managed(resources).filter(({ values }) => !`${values.mesh_name}${values.name}`.includes('/'));

  it('is given every argument and every block of every resource and data source, ten requests at a time', async () => {
    const schemas: ProviderSchemas = JSON.parse(await terraform.command('providers', 'schema', '-json'));
    const plan = await terraform.plan();
    const writable = writablePaths(schemas);
    expect(new Set(writable.map((path) => path.split('.')[0]))).toEqual(new Set([...TYPES, 'data']));
    const exempt = (path: string) => NOT_WRITTEN.some(({ path: pattern }) => pattern.test(path));
    const written = writtenPaths(plan.configuration.root_module.resources);
    expect(writable.filter((path) => !exempt(path) && !written.has(path))).toEqual([]);
    expect(NOT_WRITTEN.filter(({ path }) => !writable.some((one) => path.test(one)))).toEqual([]);

    expect(Object.keys(changes(plan))).toEqual(['create']);
    await terraform.applyPlan();
    expect(failuresSince(0)).toEqual([]);
    created = await terraform.state();
    meshUid = await uidOf('shop');
    expect(managed(created).length).toBeGreaterThan(60);
  });

  it('finds what it wrote: the next plan is empty, and data sources tell what resources hold', async () => {
    expect(await terraform.drift()).toBe('no changes');
    const read = created.filter(({ mode }) => mode === 'data');
    expect(new Set(read.map(({ type }) => type))).toEqual(new Set(TYPES));
    for (const { address, values } of read) {
      const source = created.find((resource) => `data.${resource.address}` === address);
      const { tags_all: _, ...rest } = source?.values ?? {};
      // A data source's id is a name; and it asks for tags only where the provider learnt its account, which it asks STS for.
      expect(values).toEqual({ ...rest, id: values.id, tags: {} });
    }
  });

  it('edits every resource in place, with its tags', async () => {
    const plan = await terraform.plan(EDITED);
    expect(changes(plan)).toEqual({ update: managed(created).map(({ address }) => address) });
    const start = system.answered.length;
    await terraform.applyPlan();
    expect(failuresSince(start)).toEqual([]);
    // What is imported next has nothing to change either, and that takes in all but names that cannot be imported.
    if (inject('effort') > 1) expect(await terraform.drift(EDITED)).toBe('no changes');
  });

  it('imports what exists: a new state, and nothing to change', async () => {
    const all = importable(created);
    const blocks = all.map(({ address, values }) => `import {\n  to = ${address}\n  id = "${importId(values)}"\n}\n`);
    const elsewhere = await workshop.withoutState({ 'imports.tf': blocks.join('\n') });
    const plan = await elsewhere.plan(EDITED);
    const { 'no-op': imported, ...others } = changes(plan);
    expect(imported).toEqual(all.map(({ address }) => address));
    expect(Object.keys(others)).toEqual(['create']);
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set(TYPES));
  });

  it('destroys everything', async () => {
    const start = system.answered.length;
    await terraform.apply('-destroy', EDITED);
    expect(await meshes()).toEqual([]);
    expect(failuresSince(start)).toEqual([]);
  });

  it('creates everything again under the same names, as new resources', async () => {
    const start = system.answered.length;
    await terraform.apply();
    const before = ids(created);
    const again = ids(await terraform.state());
    expect([...again.keys()]).toEqual([...before.keys()]);
    // The provider's id is the uid, but for meshes, where it is the name.
    const same = [...before].filter(([address, id]) => again.get(address) === id).map(([address]) => address);
    expect(same).toEqual(['aws_appmesh_mesh.shop', 'aws_appmesh_mesh.signs']);
    expect(await uidOf('shop')).not.toBe(meshUid);
    expect(failuresSince(start)).toEqual([]);
  });

  // Each takes several commands, and says little about the control plane that is not said above.
  if (inject('effort') > 1) {
    it('imports one of each type by the command', async () => {
      const elsewhere = await workshop.withoutState({});
      for (const { address, values } of oneOfEach(importable(created))) await elsewhere.command('import', address, importId(values));
      const imported = ids(await elsewhere.state());
      const current = ids(await terraform.state());
      expect([...imported.keys()].map((address) => address.split('.')[0])).toEqual(TYPES);
      for (const [address, id] of imported) expect([address, id]).toEqual([address, current.get(address)]);
    });

    it('notices what others did meanwhile, and undoes it', async () => {
      const shop = '/v20190125/meshes/shop';
      const gone = await call('DELETE', `${shop}/virtualNodes/reports`);
      const changed = await call('PUT', `${shop}/virtualRouters/ledger`, { spec: {} });
      const arn = 'arn:aws:appmesh:us-east-1:123456789012:mesh/shop/virtualService/payments.shop.local';
      const tagged = await call('PUT', `/v20190125/tag?resourceArn=${encodeURIComponent(arn)}`, { tags: [{ key: 'Stray', value: 'yes' }] });
      expect([gone, changed, tagged].map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(changes(await terraform.plan())).toMatchObject({
        create: ['aws_appmesh_virtual_node.reports'],
        update: ['aws_appmesh_virtual_router.ledger', 'aws_appmesh_virtual_service.payments'],
      });
      await terraform.applyPlan();
      expect(await terraform.drift()).toBe('no changes');
    });

    it('shows a refusal in our words', async () => {
      const wrong = await workshop.withoutState({
        'wrong.tf': [
          'resource "aws_appmesh_virtual_service" "wrong" {',
          '  name      = "wrong.shop.local"',
          '  mesh_name = "shop"',
          '  spec {',
          '    provider {',
          '      virtual_node {',
          '        virtual_node_name = "nobody"',
          '      }',
          '    }',
          '  }',
          '}',
        ].join('\n'),
      });
      await expect(wrong.apply('-target=aws_appmesh_virtual_service.wrong')).rejects.toThrow(
        'NotFoundException: VirtualNode with name nobody is missing: spec.provider.virtualNode.virtualNodeName names it',
      );
    });

    it('destroys everything again', async () => {
      await terraform.apply('-destroy');
      expect(await meshes()).toEqual([]);
    });
  }

  function call(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${system.apiUrl}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  }

  async function uidOf(mesh: string): Promise<string> {
    const response = await call('GET', `/v20190125/meshes/${mesh}`);
    const { metadata }: { readonly metadata: { readonly uid: string } } = JSON.parse(await response.text());
    return metadata.uid;
  }

  async function meshes(): Promise<unknown> {
    const response = await call('GET', '/v20190125/meshes');
    const { meshes: listed }: { readonly meshes?: unknown } = JSON.parse(await response.text());
    return listed;
  }
});

/** A resource's names, outermost first, as `terraform import` takes them. */
function importId(values: StateResource['values']): string {
  const { mesh_name: mesh, virtual_router_name: router, virtual_gateway_name: gateway, name } = values;
  return [mesh, router, gateway, name].filter((part) => part !== undefined).join('/');
}

function oneOfEach(resources: readonly StateResource[]): readonly StateResource[] {
  return resources.filter((resource) => resources.find(({ type }) => type === resource.type) === resource);
}

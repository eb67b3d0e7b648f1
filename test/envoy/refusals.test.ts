import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from '@meshwright/local';
import { parseSpec, type RequestedChange } from '@meshwright/model';
import { writerOn } from '@meshwright/model/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outcomeOf } from '../process/run.ts';
import { envoyBinary } from '../setup/parts.ts';
import { bootstrapOf, type Json } from './envoyParts.ts';
import { type Refusal, refusals } from './refusals.ts';

// What the API refuses because of Envoy, against what a real Envoy says: each class once.

let envoy: string;
const folder = mkdtempSync(join(tmpdir(), 'meshwright-refusals-'));

beforeAll(async () => {
  envoy = await envoyBinary();
  // Or each refusal below would prove nothing.
  expect(await complaintAbout('nothing', bootstrapOf({}))).toBeUndefined();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const byEnvoyToo = refusals.filter(({ envoySays }) => envoySays !== undefined);
const byUsAlone = refusals.filter(({ envoySays }) => envoySays === undefined);

describe('refused, as Envoy 1.40 refuses it', () => {
  test.concurrent.each(byEnvoyToo.map((refusal) => [refusal.what, refusal] as const))('%s', async (what, refusal) => {
    await expectRefused(refusal);
    expect(await complaintAbout(what, refusal.envoy)).toMatch(refusal.envoySays ?? /./);
  });
});

describe('refused, though Envoy 1.40 takes it', () => {
  test.concurrent.each(byUsAlone.map((refusal) => [`${refusal.what}: ${refusal.because}`, refusal] as const))(
    '%s',
    async (what, refusal) => {
      await expectRefused(refusal);
      expect(refusal.because).toBeDefined();
      expect(await complaintAbout(what, refusal.envoy)).toBeUndefined();
    },
  );
});

async function expectRefused({ kind, spec, names = [], field }: Refusal): Promise<void> {
  const message = expect.stringMatching(new RegExp(`^${field.replaceAll(/[.[\]]/g, '\\$&')} `));
  if (kind === 'virtualService') await expect(createServices(names)).rejects.toMatchObject({ message });
  else expect(() => parseSpec(kind, spec)).toThrow(expect.objectContaining({ code: 'BadRequest', message }));
}

async function createServices(names: readonly string[]): Promise<void> {
  const mesh = { owner: '123456789012', mesh: 'apps' };
  const writer = writerOn(new MemoryStore());
  const services = names.map(
    (name): RequestedChange => ({ action: 'create', ref: { kind: 'virtualService', mesh: mesh.mesh, name }, spec: {} }),
  );
  const whole: readonly RequestedChange[] = [{ action: 'create', ref: { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } }, ...services];
  for (const [index, change] of whole.entries())
    await writer.write({ mesh, changes: [change], writeId: `w${index}`, author: 'tests', source: 'Test' });
}

/** What Envoy says to a bootstrap; undefined when it takes it. */
async function complaintAbout(what: string, bootstrap: Json): Promise<string | undefined> {
  const file = join(folder, `${what.replaceAll(/\W/g, '-')}.json`);
  writeFileSync(file, JSON.stringify(bootstrap));
  const { status, stdout, stderr } = await outcomeOf([envoy, '--mode', 'validate', '--log-level', 'error', '-c', file]);
  return status === 0 ? undefined : `${stdout}\n${stderr}`;
}

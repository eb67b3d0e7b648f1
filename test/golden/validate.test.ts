import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '@meshwright/compiler';
import { meshStateOf, randomMesh, readBack } from '@meshwright/compiler/testing';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { outcomeOf } from '../process/run.ts';
import { envoyBinary } from '../setup/parts.ts';
import { type GoldenProxy, goldenProxies, type Json, staticResources } from './goldenProxies.ts';

// Golden files are read back, not compiled: what reviewers read is what Envoy is asked about.

/** Fixed, so that a failure comes again; properties with seeds of their own run in the compiler's unit tests. */
const SEED = 1;

let envoy: string;
const folder = mkdtempSync(join(tmpdir(), 'meshwright-golden-'));

beforeAll(async () => {
  envoy = await envoyBinary();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('real Envoy 1.40, validation mode', () => {
  const proxies = goldenProxies();

  test(`accepts all golden proxies (${proxies.length}), without a word of deprecation`, async () => {
    const verdict = await validate(staticResources(proxies));
    if (verdict.length === 0) return;
    // Only to name the guilty: all of them once more, each alone.
    const guilty: Record<string, readonly string[]> = {};
    for (const proxy of proxies) {
      const complaints = await validate(staticResources([proxy]));
      if (complaints.length > 0) guilty[proxy.name] = complaints;
    }
    expect(guilty).toEqual({});
    expect(verdict).toEqual([]);
  });

  test('accepts what random meshes compile to', async () => {
    for (let seed = SEED; seed < SEED + inject('effort'); seed++) {
      const complaints = await validate(staticResources(randomProxies(seed, 150)));
      expect(complaints, `seed ${seed}`).toEqual([]);
    }
  });

  test('would tell of a deprecated field and of a cluster that does not exist', async () => {
    const [sample] = proxies.filter(({ name }) => name === 'mesh/sample/servicea');
    if (sample === undefined) throw new Error('the sample mesh has no golden files');
    const deprecated: GoldenProxy = {
      ...sample,
      clusters: sample.clusters.map((cluster) => ({ ...(cluster as object), dns_refresh_rate: '5s' }) as Json),
    };
    expect((await validate(staticResources([deprecated]))).join('\n')).toContain('Deprecated');
    expect((await validate(staticResources([{ ...sample, clusters: [] }]))).join('\n')).toContain('unknown weighted cluster');
  });
});

/** The proxies of random meshes, the same for the same seed. */
function randomProxies(seed: number, meshes: number): readonly GoldenProxy[] {
  return fc.sample(randomMesh(), { seed, numRuns: meshes }).flatMap((written, position) => {
    const { snapshot } = compile(meshStateOf(written));
    return [...snapshot.proxies.keys()].map(
      (proxy) => ({ name: `random/${position}/${proxy}`, ...readBack(snapshot, proxy) }) as GoldenProxy,
    );
  });
}

/** Envoy's complaints about these static resources; empty when it accepts them. */
async function validate(resources: Json): Promise<readonly string[]> {
  const file = join(folder, 'bootstrap.json');
  writeFileSync(file, JSON.stringify({ node: { id: 'golden', cluster: 'golden' }, static_resources: resources }));
  const { status, stdout, stderr } = await outcomeOf([envoy, '--mode', 'validate', '--log-level', 'warning', '-c', file]);
  const complaints = `${stdout}\n${stderr}`.split('\n').filter((line) => /deprecated|\[(error|critical)\]/i.test(line));
  return status !== 0 && complaints.length === 0 ? [stderr || `it ended with status ${status}`] : complaints;
}

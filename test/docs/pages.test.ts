import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { blocksOf } from './blocks.ts';
import { anchorsOf, linksIn, page, pageNames } from './pages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COMPILER = join(ROOT, 'packages', 'compiler');
const FLEET = join(ROOT, 'packages', 'local', 'src', 'fleet');
const DOCS = join(ROOT, 'packages', 'docs');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** What is run, read by a parser or compared with what is; drawings have no language, and Go is not run here. */
const LANGUAGES = ['', 'go', 'hcl', 'ini', 'js', 'json', 'py', 'sh', 'yaml'];

function brokenLinks(file: string): readonly string[] {
  return linksIn(readFileSync(file, 'utf8')).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor));
  });
}

describe.each(pageNames())('%s', (name) => {
  test('links lead somewhere', () => {
    expect(brokenLinks(join(DOCS, name))).toEqual([]);
  });

  test('is linked to from the README', () => {
    expect(linksIn(readme)).toContain(`packages/docs/${name}`);
  });

  test('shows nothing that no test looks at', () => {
    for (const { language } of blocksOf(page(name))) expect(LANGUAGES).toContain(language);
  });

  test('JSON and YAML can be read', () => {
    for (const { language, text } of blocksOf(page(name))) {
      if (language === 'json') expect(JSON.parse(text)).toBeTypeOf('object');
      if (language === 'yaml') expect(parse(text)).toBeTypeOf('object');
    }
  });
});

test("the README's links lead somewhere", () => {
  expect(brokenLinks(join(ROOT, 'README.md'))).toEqual([]);
});

test("the Terraform provider is the README's, which is tested", () => {
  const providers = (text: string) => blocksOf(text, 'hcl').map((block) => block.text);
  const shown = providers(page('moving-a-client-over.md'));
  expect(shown).toEqual(providers(readme));
  expect(shown).toHaveLength(1);
});

describe('diagnostics.md', () => {
  const text = page('diagnostics.md');
  const codesIn = (file: string) => [...readFileSync(file, 'utf8').matchAll(/^ {2}'([a-z-]+)':/gm)].map(([, code = '']) => code);
  const ofFleet = codesIn(join(FLEET, 'fleetDiagnosticCodes.ts'));
  const ofCompiler = codesIn(join(COMPILER, 'src', 'diagnosticCodes.ts'));
  const codes = [...ofCompiler, ...ofFleet].sort();
  const examples = blocksOf(text, 'json').filter(({ heading }) => heading !== 'Diagnostics');

  test("has the compiler's codes and the fleet's, all of them and in order", () => {
    expect(ofCompiler.length).toBeGreaterThan(10);
    expect(ofFleet.length).toBeGreaterThan(1);
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, code]) => code)).toEqual(codes);
    const [beginning = ''] = text.split(/^## /m);
    expect([...beginning.matchAll(/\[`([a-z-]+)`\]\(#\1\)/g)].map(([, code]) => code)).toEqual(codes);
  });

  test('says of each what happens meanwhile and how to mend it', () => {
    for (const section of text.split(/^## /m).slice(1)) {
      expect(section).toMatch(/^- \*\*Meanwhile:\*\* ./m);
      expect(section).toMatch(/^- \*\*Mend it:\*\* ./m);
    }
  });

  test('has for each an example that is told word for word', () => {
    const told = globSync(join(COMPILER, 'testdata', '**', 'diagnostics.yaml')).flatMap((file) => parse(readFileSync(file, 'utf8')) ?? []);
    // No mesh makes the compiler fail, none in a golden is that large, and what proxies say is theirs.
    const inCompiler = ['diagnostics.ts', 'sizes.ts'].map((file) => join(COMPILER, 'src', file));
    const inFleet = ['heldDiagnostics.ts', 'refusalDiagnostics.ts'].map((file) => join(FLEET, file));
    const elsewhere = [...inCompiler, ...inFleet].map((file) => readFileSync(file, 'utf8')).join('');
    expect(examples.map(({ heading }) => heading)).toEqual(codes);
    for (const { heading, text: json } of examples) {
      const { resource, ...example } = JSON.parse(json);
      expect(example.code).toBe(heading);
      if (['not-compiled', 'large-configuration', ...ofFleet].includes(heading)) expect(elsewhere).toContain(`fix: '${example.fix}'`);
      else {
        const { ref, ...found } = told.find(({ message }) => message === example.message) ?? {};
        expect(found).toEqual(example);
        expect(resource.endsWith(`/${ref.kind}/${ref.name}`), resource).toBe(true);
      }
    }
  });
});

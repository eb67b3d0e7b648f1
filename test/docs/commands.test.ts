import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll } from '../process/poll.ts';
import type { Outcome, Program } from '../process/program.ts';
import { type Newcomer, newcomer } from '../readme/newcomer.ts';
import { describeWith } from '../setup/requires.ts';
import { inSteps } from '../setup/steps.ts';
import { type Block, blocksOf } from './blocks.ts';
import { page, pageNames } from './pages.ts';

/** What is to come of a block, which begins like this. */
interface Expected {
  readonly begins: string;
  /** In what it writes; for a program that stays, in what the control plane writes. */
  readonly says?: RegExp;
  /** Whether it ends with an error, on purpose. */
  readonly fails?: true;
}

const READY = /^ready api=http:\/\/127\.0\.0\.1:18080 xds=127\.0\.0\.1:18000$/m;
const LISTED = /servicebv2/;

const pages: Readonly<Record<string, readonly Expected[]>> = {
  'first-five-minutes.md': [
    { begins: 'export PATH=' },
    { begins: 'npm start', says: READY },
    { begins: 'export AWS_ENDPOINT_URL_APP_MESH=', says: LISTED },
    { begins: 'npx meshwright', says: /servicea acknowledged RouteConfiguration/ },
    { begins: 'aws appmesh update-route', says: /"weight": 50/ },
    { begins: 'curl', says: /"weight": 50[\s\S]*"weight": 50/ },
    { begins: 'aws appmesh update-route', says: /BadRequestException[\s\S]*"FETCH"/, fails: true },
    { begins: 'aws appmesh update-route', says: /"weight": 0/ },
    { begins: 'curl', says: /"code":"all-weights-zero".*"resource":"mesh\/apps\/virtualRouter\/serviceb-router\/route\/serviceb-route"/ },
    { begins: 'curl', says: /"name":"servicea".*"state":"SYNCED"/ },
    { begins: 'curl', says: /"unknownNodes":\[\]/ },
    { begins: 'aws appmesh create-virtual-gateway', says: /"gatewayRouteName": "all"/ },
    { begins: 'npx meshwright', says: /entry acknowledged RouteConfiguration/ },
    { begins: 'curl', says: /^503$/m },
  ],
  'fleet.md': [
    { begins: 'export PATH=' },
    { begins: 'npm start', says: READY },
    { begins: 'npx meshwright bootstrap', says: /servicea acknowledged RouteConfiguration/ },
    { begins: 'npx meshwright status', says: /servicea +SYNCED[\s\S]*^1 proxy: 1 synced$/m },
    { begins: 'npx meshwright status', says: /"state":"SYNCED"/ },
    { begins: 'curl', says: /"name":"servicea"/ },
    { begins: 'curl', says: /"unknownNodes":\[\]/ },
    { begins: 'curl', says: /"revision":7,"published":true,"acked":1,"pending":0/ },
    { begins: 'curl', says: /"diagnostics":\[/ },
  ],
  'moving-a-client-over.md': [
    { begins: 'npm start', says: READY },
    { begins: 'export AWS_DEFAULT_REGION=' },
    { begins: 'aws appmesh list-virtual-nodes --mesh-name apps --endpoint-url', says: LISTED },
    { begins: 'AWS_ENDPOINT_URL_APP_MESH=', says: LISTED },
    { begins: 'AWS_ENDPOINT_URL=', says: LISTED },
    { begins: '[profile meshwright]' },
    { begins: 'aws appmesh list-virtual-nodes --mesh-name apps --profile', says: LISTED },
    { begins: 'import boto3', says: LISTED },
    { begins: 'import { AppMeshClient', says: LISTED },
  ],
};

const isRun = ({ language }: Block): boolean => ['sh', 'ini', 'py', 'js'].includes(language);

test('no other page tells to run anything', () => {
  const running = pageNames().filter((name) => blocksOf(page(name)).some(isRun));
  expect(running).toEqual(Object.keys(pages).sort());
});

// The pages use the default ports and an Envoy's fixed ones.
describeWith(['root', 'private network'], 'pages as printed', () => {
  for (const [name, expected] of Object.entries(pages)) describe(name, () => readThrough(name, expected));
});

function readThrough(name: string, expected: readonly Expected[]): void {
  inSteps();
  const blocks = blocksOf(page(name)).filter(isRun);
  const reader = new Reader();
  beforeAll(() => reader.sitDown());
  afterAll(() => reader.leave());

  test('has the blocks this test knows', () => {
    expect(blocks).toHaveLength(expected.length);
    for (const [position, { begins }] of expected.entries()) expect(blocks[position]?.text.slice(0, begins.length)).toBe(begins);
  });

  for (const [position, block] of blocks.entries())
    test(`${position + 1}: ${block.heading}`, async () => {
      await reader.follow(block, expected[position] ?? { begins: '' });
    });

  test('nothing lies about in the clone afterwards but what git ignores', async () => {
    expect(await reader.added()).toEqual(['.meshwright']);
  });
}

/** Somebody who follows a page block by block. */
class Reader {
  #user: Newcomer | undefined;
  #server: Program | undefined;
  #envoy: Program | undefined;
  /** What the terminals know from earlier blocks. */
  #exports = '';

  async sitDown(): Promise<void> {
    this.#user = await newcomer();
  }

  async leave(): Promise<void> {
    await this.#user?.[Symbol.asyncDispose]();
  }

  async added(): Promise<readonly string[]> {
    return (await this.#user?.added()) ?? [];
  }

  async follow({ language, text }: Block, expected: Expected): Promise<void> {
    if (language === 'ini') await this.#write(text);
    else if (language === 'py') await this.#run(`python3 - <<'END'\n${text}\nEND`, expected);
    else if (language === 'js') await this.#run(`node --input-type=module - <<'END'\n${text}\nEND`, expected);
    else if (text.startsWith('npm start')) await this.#serve(text, expected);
    else if (/^envoy /m.test(text)) await this.#proxy(text, expected);
    else {
      await this.#run(text, expected);
      this.#exports += text.match(/^export .*\n?/gm)?.join('') ?? '';
    }
  }

  /** The settings of the AWS CLI. */
  async #write(text: string): Promise<void> {
    const folder = join(this.#at.home, '.aws');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config'), text);
  }

  async #serve(text: string, { says }: Expected): Promise<void> {
    this.#server = this.#at.start(`exec ${text}`);
    if (says) await this.#server.says('stdout', says);
  }

  async #proxy(text: string, { says }: Expected): Promise<void> {
    await this.#envoy?.end('SIGINT');
    const [start = '', ...before] = text.split('\n').toReversed();
    await this.#run(before.toReversed().join('\n'), { begins: '' });
    this.#envoy = this.#at.start(`${this.#exports}\nexec ${start}`);
    if (says) await this.#server?.says('stderr', says);
  }

  async #run(script: string, { says = /(?:)/, fails }: Expected): Promise<void> {
    const ask = (): Promise<Outcome> => this.#at.finished(`set -e\n${this.#exports}\n${script}`);
    const wanted = ({ status, stdout, stderr }: Outcome): boolean => (status !== 0) === (fails === true) && says.test(stdout + stderr);
    // What only looks may look again: what it is to see is on its way.
    if (/^(curl|npx meshwright status)/.test(script)) await poll({ what: script, ask, wanted });
    else {
      const outcome = await ask();
      expect(wanted(outcome), `${script}: ${JSON.stringify(outcome)}`).toBe(true);
    }
  }

  get #at(): Newcomer {
    if (this.#user === undefined) throw new Error('the reader has not sat down');
    return this.#user;
  }
}

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../process/program.ts';
import { describeWith } from '../setup/requires.ts';
import { UsageError } from './benchmark.ts';
import { readCommand } from './relayBenchmark.ts';

const BENCH = join(import.meta.dirname, 'bench.ts');
const FAKE_PEER = join(import.meta.dirname, 'relay', 'fakePeer');

describe('npm run bench -- relay', () => {
  it.each([
    [[], '--peer is missing'],
    [['--peer', '.', '--n', '1000,x'], '--n is "x"; it takes a whole number from 1 to 10000.'],
    [['--peer', '.', '--modes', 'sotw,incremental'], '--modes is "incremental"; it takes sotw or delta.'],
    [['--peer', '.', '--transport', 'http3'], '--transport is "http3"; it takes http2 or grpc-js.'],
    [['--peer', '.', '--only', 'R1,R99'], '--only is "R99"; it takes R1 or R2'],
    [['--peer', '.', '--only', 'R1', '--modes', 'delta'], '--only is "R1"; it takes R8.'],
    [['--peer', '.', '--loud'], "Unknown option '--loud'"],
  ])('%j: says what is wrong', (args, message) => {
    const read = (): unknown => readCommand(args);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it('takes numbers of its own for a quick look, unless told otherwise', () => {
    expect(readCommand(['--peer', '/peer'])).toMatchObject({ peer: '/peer', runs: 3, updates: 15, transport: 'http2' });
    const quick = readCommand(['--peer', '/peer', '--quick', '--updates', '7', '--only', 'R1,R8']);
    expect(quick).toMatchObject({ runs: 1, updates: 7 });
    expect(quick.figures.map(({ id, scenario }) => `${id} ${scenario.streams}`)).toEqual(['R1 1000', 'R8 1000', 'R8 1000']);
  });

  it('says what is missing where the peer is not', async () => {
    const program = startProgram([process.execPath, BENCH, 'relay', '--peer', import.meta.dirname, '--quick']);
    expect(await program.ended).toEqual({ status: 1, signal: null });
    expect(program.output().stderr).toMatch(/the peer and the load generator cannot be built: .*(no such Go module|no go command)/);
  });
});

describeWith(['Go client'], 'npm run bench -- relay with a stand-in for the peer', () => {
  it('lets both do the same in turns and prints one line of JSON', { timeout: 120_000 }, async () => {
    const args = ['relay', '--peer', FAKE_PEER, '--n', '10', '--runs', '2', '--updates', '3', '--only', 'R1,R7', '--json'];
    const program = startProgram([process.execPath, BENCH, ...args]);
    const { status } = await program.ended;
    const { stdout, stderr } = program.output();
    expect(status, stderr).toBe(0);
    const { rows, measured, ...setting } = JSON.parse(stdout);
    expect(setting).toMatchObject({ benchmark: 'relay', runs: 2, updates: 3, transport: 'http2' });
    expect(rows.map(({ id, result, verdict }: Record<string, unknown>) => `${id} ${result} ${verdict}`)).toEqual([
      'R1 1 must',
      'R7 0 stretch',
      'R7 0 stretch',
      'R7 0 stretch',
    ]);
    expect(measured['sotw, 10 streams'].ours).toHaveLength(2);
    expect(measured['sotw, 10 streams'].rivals.linear).toHaveLength(2);
    const turns = [...stderr.matchAll(/^bench: {3}(\S+): storm/gm)].map(([, who]) => who);
    expect(turns.slice(0, 4)).toEqual(['ours', 'linear', 'ours', 'linear']);
  });
});

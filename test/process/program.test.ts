import { describe, expect, test } from 'vitest';
import { startProgram } from './program.ts';
import { CommandFailed, canStart, outcomeOf, run } from './run.ts';

const shell = (script: string): readonly string[] => ['sh', '-c', script];

describe('a program that is waited for', () => {
  test.each(['TERM', 'KILL'])('ends by SIG%s: whoever waits for its word hears of it, now and later', async (signal) => {
    const program = startProgram(shell(`echo started; echo why >&2; kill -${signal} $$`));
    const reason = new RegExp(`ended \\(SIG${signal}\\) without .*:\nstarted\nwhy`);
    await expect(program.says('stderr', /^never$/m)).rejects.toThrow(reason);
    await expect(program.line(/^never$/)).rejects.toThrow(reason);
    expect(await program.nextLine()).toBe('started');
    await expect(program.nextLine()).rejects.toThrow(reason);
    expect(await program.ended).toEqual({ status: null, signal: `SIG${signal}` });
  });

  test('is heard to its last word, which may lack a line end', async () => {
    const program = startProgram(shell('printf "one\ntwo"; printf three >&2'));
    expect(await program.line(/^two$/)).toBe('two');
    expect((await program.says('stderr', /th(.*)/))[1]).toBe('ree');
    expect([await program.nextLine(), await program.nextLine()]).toEqual(['one', 'two']);
  });

  test('that cannot be started says so to everybody', async () => {
    const program = startProgram(['/nonexistent/program']);
    await expect(program.line(/./)).rejects.toThrow(/did not start .*ENOENT/);
    await expect(program.ended).rejects.toThrow('ENOENT');
    await program[Symbol.asyncDispose]();
  });

  test('answers on an open input until it is closed', async () => {
    const program = startProgram(['cat'], { inputOpen: true });
    program.write('one\n');
    expect(await program.nextLine()).toBe('one');
    program.write('two\n');
    expect(await program.nextLine()).toBe('two');
    expect(await program.end()).toEqual({ status: 0, signal: null });
  });
});

describe('a command that is run', () => {
  test('answers what it wrote, or says what was tried and its last three lines', async () => {
    expect(await run(shell('echo $A'), { env: { A: 'b' } })).toBe('b\n');
    await expect(run(shell('seq 5; exit 3'))).rejects.toThrow(
      new CommandFailed('Tried: sh -c seq 5; exit 3 (exit code 3); it said: 3 | 4 | 5.'),
    );
    await expect(run(['/nonexistent/program'])).rejects.toThrow(CommandFailed);
    expect(await outcomeOf(shell('cat; exit 3'), { input: 'in' })).toEqual({ status: 3, signal: null, stdout: 'in', stderr: '' });
  });

  test('can be started whatever it says, or cannot', async () => {
    expect(await canStart(['false'])).toBe(true);
    expect(await canStart(['/nonexistent/program'])).toBe(false);
  });
});

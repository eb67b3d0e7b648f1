import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AskFailed, type FleetState, readFleet } from './statusFleet.ts';
import { statusText, type TextStyle } from './statusText.ts';

/** Time between two looks with `--watch`, in milliseconds. */
const WATCH_MILLIS = 1_000;
const API = 'http://127.0.0.1:18080';
/** Exit codes, as the help tells them. */
const EXIT = { synced: 0, behind: 1, failed: 2 } as const;

interface StatusFlags {
  readonly mesh?: string;
  readonly api: string;
  readonly watch?: true;
  readonly output: 'table' | 'json';
  readonly state?: string;
}

/** Adds `status`, which tells where every proxy stands. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('where every proxy stands: what it was sent, accepted and refused')
    .option('--mesh <name>', 'one mesh only')
    .option('--api <url>', 'the App Mesh API of the control plane', parseApi, API)
    .option('--watch', `look again every ${WATCH_MILLIS / 1_000} s until Ctrl-C`)
    .addOption(new Option('-o, --output <format>', 'a table for people, JSON for programs').choices(['table', 'json']).default('table'))
    .addOption(new Option('--state <state>', 'proxies in one state only').choices(STATES).argParser(parseState))
    .addHelpText(
      'after',
      '\nExit code: 0 all are synced (or offline), 1 one is behind, refuses or is unknown, 2 no answer, or the command was not understood.',
    )
    .action(status);
}

const STATES = ['SYNCED', 'STALE', 'REJECTED', 'NOT_SENT', 'ORPHANED', 'OFFLINE'];

/** In any case: the table's last line has states in small letters. */
function parseState(text: string): string {
  const state = text.toUpperCase().replaceAll(/[ -]/g, '_');
  if (!STATES.includes(state)) throw new InvalidArgumentError(`Allowed choices are ${STATES.join(', ')}.`);
  return state;
}

function parseApi(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError(`Write a URL, such as ${API}.`);
  return text.replace(/\/+$/, '');
}

async function status(flags: StatusFlags): Promise<void> {
  // Whoever reads our output may leave before we do.
  process.stdout.on('error', () => process.exit(process.exitCode));
  if (flags.watch === undefined) {
    const { code, text, isError } = await look(flags);
    process.exitCode = code;
    (isError ? process.stderr : process.stdout).write(text);
    return;
  }
  let before: string | undefined;
  for (;;) {
    const { code, text } = await look(flags);
    process.exitCode = code;
    // A terminal is drawn anew; a file or a pipe gets what is new.
    if (process.stdout.isTTY) process.stdout.write(`\u001b[H\u001b[2J${text}`);
    else if (text !== before) process.stdout.write(text);
    before = text;
    await delay(WATCH_MILLIS);
  }
}

interface Look {
  readonly code: number;
  readonly text: string;
  readonly isError?: true;
}

async function look({ api, mesh, state, output }: StatusFlags): Promise<Look> {
  try {
    const fleet = await readFleet(api, { mesh, state });
    return { code: isBehind(fleet) ? EXIT.behind : EXIT.synced, text: output === 'json' ? jsonText(fleet) : statusText(fleet, style()) };
  } catch (error) {
    if (!(error instanceof AskFailed)) throw error;
    return { code: EXIT.failed, text: `error: ${error.message}\n`, isError: true };
  }
}

function isBehind({ proxies, unknownNodes }: FleetState): boolean {
  return unknownNodes.length > 0 || proxies.some(({ state }) => state !== 'SYNCED' && state !== 'OFFLINE');
}

function jsonText(fleet: FleetState): string {
  return `${JSON.stringify(fleet)}\n`;
}

function style(): TextStyle {
  const { isTTY, columns } = process.stdout;
  return { width: isTTY ? columns : undefined, hasColours: isTTY === true && process.env.NO_COLOR === undefined };
}

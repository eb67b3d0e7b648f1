import { parseArgs } from 'node:util';

/** What the demo was asked to do. */
export interface DemoOptions {
  readonly help: boolean;
  /** Length of the part with traffic, in seconds; starting up adds a few. */
  readonly seconds: number;
  /** xDS protocol between the Envoys and the control plane. */
  readonly protocol: 'delta' | 'sotw';
}

const DEFAULT_SECONDS = 42;
const FAST_SECONDS = 10;
/** Less does not show a split. */
const MIN_SECONDS = 7;

/** What `--help` prints. */
export const HELP = `npm run demo -- [options]

Starts a control plane, three Envoys and their applications in network namespaces, writes a mesh by the AWS SDK, and shows
how a router's weights move live traffic from serviceb to servicebv2: also while the control plane is killed and started again.
Needs Linux and root, or a kernel that lets you make user namespaces. Touches nothing outside of them.

  --seconds N    length of the part with traffic, ${MIN_SECONDS} to 600 (default ${DEFAULT_SECONDS})
  --fast         the same as --seconds ${FAST_SECONDS}
  --protocol P   delta (default) or sotw: how the Envoys speak to the control plane
  --help         this text

Ends with 0 when no request failed. Without a terminal it prints a line per second. NO_COLOR=1 turns colours off;
IPTABLES=iptables-legacy writes the rules with that command.
`;

/** A command line that cannot be followed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        fast: { type: 'boolean', default: false },
        seconds: { type: 'string' },
        protocol: { type: 'string', default: 'delta' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : cause}; --help lists the options`, { cause });
  }
}

/**
 * Reads the command line.
 * @throws UsageError that names the option, the value and what it may be.
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const values = parse(args);
  const seconds = Number(values.seconds ?? (values.fast ? FAST_SECONDS : DEFAULT_SECONDS));
  if (!(seconds >= MIN_SECONDS && seconds <= 600))
    throw new UsageError(`--seconds ${values.seconds} is not a number from ${MIN_SECONDS} to 600`);
  const { help, protocol } = values;
  if (protocol !== 'delta' && protocol !== 'sotw') throw new UsageError(`--protocol ${protocol} is neither delta nor sotw`);
  return { help, seconds, protocol };
}

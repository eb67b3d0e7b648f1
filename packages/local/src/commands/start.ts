import { LOG_RETENTION_DAYS, type Quotas, quotaProfiles } from '@meshwright/model';
import { HOLD_LIMITS } from '@meshwright/snapshot';
import { type Command, Option } from 'commander';
import { monotonicClock } from '../clock.ts';
import { createLog, type Log, type LogFormat } from '../log.ts';
import { notServedLines } from '../notServed.ts';
import { otlpSettings } from '../otlp.ts';
import { readyLines } from '../readyLines.ts';
import { loadSample, SAMPLE_MESH } from '../sample.ts';
import type { LocalServer } from '../server.ts';
import { StartFailed } from '../startFailed.ts';
import {
  parseAccount,
  parseDays,
  parseHost,
  parseIdentities,
  parsePort,
  parseQuota,
  parseRegion,
  parseShare,
  partitionOf,
} from './flags.ts';

/** An orderly end takes a few seconds at most; after this long something hangs and the process ends all the same. */
const CLOSE_MILLIS = 8_000;

interface StartFlags {
  readonly apiPort: number;
  readonly xdsPort: number;
  readonly data: string;
  readonly sample?: true;
  readonly account: string;
  readonly region: string;
  readonly quotas: keyof typeof quotaProfiles;
  readonly quota?: Partial<Quotas>;
  readonly logRetentionDays: number;
  readonly holdIdentities: number | undefined;
  readonly holdShare: number | undefined;
  readonly log: LogFormat;
  readonly allowHost?: readonly string[];
}

/** Adds `start`, which runs the control plane until it is told to end. */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run the whole control plane in this process, on 127.0.0.1')
    .option('--api-port <port>', 'port of the App Mesh API, 0 for any free one', parsePort, 18080)
    .option('--xds-port <port>', 'port Envoys connect to, 0 for any free one', parsePort, 18000)
    .option('--data <folder>', 'where everything is kept', '.meshwright')
    .option('--sample', 'create a small mesh to play with, unless it is there')
    .option('--account <id>', 'account it answers for', parseAccount, '123456789012')
    .option('--region <name>', 'region it answers for', parseRegion, 'us-east-1')
    .addOption(
      new Option('--quotas <profile>', 'how much there may be of each thing').choices(Object.keys(quotaProfiles)).default('generous'),
    )
    .option('--quota <name=number>', 'one quota of its own, such as virtualNodesPerMesh=10000; may be repeated', parseQuota)
    .option('--log-retention-days <days>', 'how long the log of changes is kept, back from the newest one', parseDays, LOG_RETENTION_DAYS)
    .option('--allow-host <name>', 'a host name by which the API may be asked beside localhost; may be repeated', parseHost)
    .addOption(holdOption('--hold-identities <number>', 'nodes with one Envoy version', parseIdentities, HOLD_LIMITS.identities))
    .addOption(holdOption('--hold-share <share>', 'share of the nodes that get it', parseShare, HOLD_LIMITS.share))
    .addOption(new Option('--log <format>', 'log on standard error').choices(['text', 'json']).default('text'))
    .action(start);
}

function holdOption(flag: string, what: string, parse: (text: string) => number | undefined, preset: number | undefined): Option {
  const option = new Option(flag, `${what} that may refuse content before it is held back from the others, or off`);
  return option.argParser(parse).default(preset);
}

async function start(flags: StartFlags): Promise<void> {
  // Whoever reads our output may leave before we do; that must not end the control plane.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const log = createLog(flags.log, Date.now, (line) => process.stderr.write(line));
  try {
    const server = await serve(flags, log);
    endOnSignal(server, log);
    process.stdout.write(`${readyLines(server, { region: flags.region, hasSample: flags.sample === true }).join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}

async function serve({ apiPort, xdsPort, data, sample, account, region, ...flags }: StartFlags, log: Log): Promise<LocalServer> {
  if (apiPort === xdsPort && apiPort !== 0)
    throw new StartFailed(`--api-port and --xds-port are both ${apiPort}: give each a port of its own (0 picks a free one)`);
  const identity = { account, region, partition: partitionOf(region) };
  const quotas = { ...quotaProfiles[flags.quotas], ...flags.quota };
  const { logRetentionDays, allowHost: allowedHosts = [] } = flags;
  const hold = { identities: flags.holdIdentities, share: flags.holdShare };
  const settings = { dataFolder: data, identity, quotas, logRetentionDays, allowedHosts, hold, telemetry: otlpSettings(process.env) };
  // Not before it is needed: the other commands begin in a third of the time without the compiler.
  const [{ startLocal }, { tellStory }] = await Promise.all([import('../server.ts'), import('../story.ts')]);
  const server = await startLocal({ apiPort, xdsPort, ...settings, ...tellStory(log, monotonicClock) });
  log({ area: 'server', text: loadedText(server, data, sample), fields: { meshCount: server.meshCount } });
  for (const text of notServedLines(server.notServed, data, region)) log({ area: 'server', text, fields: { ...server.notServed } });
  if (sample !== true) return server;
  try {
    const became = await loadSample(server.apiUrl);
    log({ area: 'server', text: `sample mesh ${SAMPLE_MESH} ${became === 'created' ? 'is created' : 'is there already'}` });
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

function loadedText({ meshCount }: LocalServer, data: string, sample: true | undefined): string {
  const fix = meshCount === 0 && sample !== true ? '; no mesh yet: --sample makes one' : '';
  return `${meshCount} ${meshCount === 1 ? 'mesh' : 'meshes'} loaded from ${data}${fix}`;
}

function endOnSignal(server: LocalServer, log: Log): void {
  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    if (ending) return;
    ending = true;
    log({ area: 'server', text: `${signal}: ending` });
    setTimeout(() => process.exit(1), CLOSE_MILLIS).unref();
    server.close().then(
      () => process.exit(0),
      (cause) => {
        log({ area: 'server', text: `ended in disorder: ${String(cause)}` });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
}

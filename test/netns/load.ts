// node load.ts OPTIONS   HTTP load from inside a namespace; told by messages when a phase begins, tells by messages what became of each request.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Failure, LoadCommand, LoadMessage, Tally, TrafficOptions } from './traffic.ts';

/** A mesh that makes a client wait longer has failed it. */
const TIMEOUT_MILLIS = 5_000;

const options = JSON.parse(process.argv[2] ?? '{}') as TrafficOptions;
const { url, keptAlive = 4, fresh = 4, perSecond = 500, reportMillis = 100 } = options;
const intervalMillis = ((keptAlive + fresh) / perSecond) * 1000;

interface OpenTally {
  readonly answers: Record<string, number>;
  readonly failures: Failure[];
}
const open = new Map<string, OpenTally>();
let phase = 'before';
let stopping = false;

const send = (message: LoadMessage) => process.send?.(message);

function tallyOf(name: string): OpenTally {
  const tally = open.get(name) ?? { answers: {}, failures: [] };
  open.set(name, tally);
  return tally;
}

function report(): void {
  for (const [name, tally] of open) send({ phase: name, ...tally } satisfies Tally);
  open.clear();
}

/** Who answered; throws what the failure should say. */
function ask(agent: Agent | false): Promise<string> {
  return new Promise((answered, failed) => {
    const request = get(url, { agent, timeout: TIMEOUT_MILLIS }, (response) => {
      response.resume();
      response.once('error', failed).once('end', () => {
        const app = response.headers['x-app'];
        if (response.statusCode === 200 && typeof app === 'string') answered(app);
        else failed(new Error(`${response.statusCode} ${response.headers['x-envoy-response-flags'] ?? ''}`.trim()));
      });
    });
    request.once('error', failed).once('timeout', () => request.destroy(new Error(`no answer in ${TIMEOUT_MILLIS} ms`)));
  });
}

async function worker(connection: Failure['connection'], offsetMillis: number): Promise<void> {
  // One connection of its own, so that the asked-for number of connections is really used.
  const agent = connection === 'keptAlive' ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
  for (let next = performance.now() + offsetMillis; !stopping; next += intervalMillis) {
    const pause = next - performance.now();
    if (pause > 0) await delay(pause);
    else next -= pause; // behind: go on from now rather than catch up in a burst
    const startedIn = phase;
    const started = performance.now();
    try {
      const app = await ask(agent);
      const { answers } = tallyOf(startedIn);
      answers[app] = (answers[app] ?? 0) + 1;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tallyOf(startedIn).failures.push({ connection, reason, millis: performance.now() - started });
    }
  }
  if (agent !== false) agent.destroy();
}

process.on('message', (command: LoadCommand) => {
  if ('stop' in command) stopping = true;
  else {
    phase = command.begin;
    send({ begun: phase });
  }
});

const reporting = setInterval(report, reportMillis);
const connections = [...Array<'keptAlive'>(keptAlive).fill('keptAlive'), ...Array<'fresh'>(fresh).fill('fresh')];
await Promise.all(connections.map((connection, index) => worker(connection, (index / connections.length) * intervalMillis)));
clearInterval(reporting);
report();
process.disconnect();

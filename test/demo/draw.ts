import { type Act, type Scene, share, VERSIONS } from './scene.ts';

/** Colours of the terminal's own palette, so that they suit its background. */
export interface Paint {
  readonly serviceb: (text: string) => string;
  readonly servicebv2: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

const sgr = (code: number, end: number) => (text: string) => `\u001b[${code}m${text}\u001b[${end}m`;
const plain = (text: string) => text;

/** Paint for a terminal, or for anything else. */
export function paint(colours: boolean): Paint {
  if (!colours) return { serviceb: plain, servicebv2: plain, good: plain, bad: plain, dim: plain, bold: plain };
  return { serviceb: sgr(34, 39), servicebv2: sgr(35, 39), good: sgr(32, 39), bad: sgr(31, 39), dim: sgr(2, 22), bold: sgr(1, 22) };
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const number = new Intl.NumberFormat('en-US');
/** Beyond this a bar says no more. */
const MAX_BAR = 56;
/** Column in which the bars begin. */
const BAR_START = 24;
/** Room for an act's weights and title. */
const TITLE_WIDTH = 28;
/** Everything of a version's line but its bar. */
const BAR_MARGIN = BAR_START + 22;

/** A share in per cent, in a width of its own; a dash while nothing was answered. */
export function percent(part: number): string {
  return (Number.isNaN(part) ? '–' : `${(part * 100).toFixed(1)} %`).padStart(7);
}

/** Weights as people say them: `90/10`. */
export function weightsText(weights: Readonly<Record<string, number>>): string {
  return VERSIONS.map((version) => weights[version] ?? 0).join('/');
}

function bar(part: number, width: number): string {
  const eighths = Number.isNaN(part) ? 0 : Math.round(part * width * 8);
  const filled = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return filled + ' '.repeat(width - filled.length);
}

function versionLine(scene: Scene, version: (typeof VERSIONS)[number], width: number, colours: Paint): string {
  const v2 = share(scene.lastSecond);
  const part = version === 'servicebv2' ? v2 : 1 - v2;
  const weight = `${scene.acts.at(-1)?.weights[version] ?? 0}`.padStart(3);
  const rate = `${scene.lastSecond[version] ?? 0}`.padStart(4);
  const track = colours[version](bar(part, width));
  return ` ${version.padEnd(10)} weight ${colours.bold(weight)} ${colours.dim('▕')}${track}${colours.dim('▏')} ${percent(part)}  ${rate} req/s`;
}

function historyLine({ history }: Scene, width: number, colours: Paint): string {
  const steps = history.slice(-width).map((part) => (Number.isNaN(part) ? ' ' : (LEVELS[Math.min(7, Math.floor(part * 8))] ?? ' ')));
  return ` ${colours.dim('v2 over time'.padEnd(BAR_START - 1))}${colours.servicebv2(steps.join(''))}`;
}

/** One act with its figures: requests, share of serviceb, share of servicebv2. */
export function actLine(act: Act, colours: Paint, current = false): string {
  const { requests, failures, answers } = act.count;
  const mark = current ? colours.bold('▸') : failures.length === 0 ? colours.good('✓') : colours.bad('✗');
  const figures = `${number.format(requests).padStart(8)}  ${percent(1 - share(answers))}   ${percent(share(answers))}`;
  const title = act.title.padEnd(TITLE_WIDTH);
  const detail = act.detail === undefined ? '' : colours.dim(`  ${act.detail}`);
  return ` ${mark} ${current ? colours.bold(title) : title}${figures}${detail}`;
}

/** A colour, which takes no room on the screen. */
const SGR = /(\p{Cc}\[\d+m)/u;

/** Cuts a painted line to a width, so that no line wraps and the picture keeps its height. */
export function cut(line: string, columns: number): string {
  let seen = 0;
  const parts = line.split(SGR); // the odd ones are colours
  const kept = parts.map((part, index) => {
    if (index % 2 === 1) return part;
    const room = Math.max(0, columns - seen);
    seen += part.length;
    return part.slice(0, room);
  });
  return kept.join('');
}

/** Room on the screen. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The whole picture: one string per line, none wider than there is room, and no more of them; the oldest acts give way first. */
export function frame(scene: Scene, { columns, rows }: Size, colours: Paint): readonly string[] {
  const width = Math.max(10, Math.min(MAX_BAR, columns - BAR_MARGIN));
  const { requests, failures } = scene.total;
  const rate = Object.values(scene.lastSecond).reduce((one, other) => one + other, 0);
  const failed = failures.length === 0 ? colours.good('0 failed') : colours.bad(`${number.format(failures.length)} failed`);
  const state = { running: colours.good('● running'), killed: colours.bad('✗ killed (SIGKILL)'), starting: colours.bold('◌ starting') };
  const clock = `${Math.floor(scene.elapsedSeconds)} s`;
  const head = [
    '',
    ` ${colours.bold('servicea → serviceb.apps.local')}   ${colours.dim('through two real Envoys')}`,
    '',
    ...VERSIONS.map((version) => versionLine(scene, version, width, colours)),
    historyLine(scene, width, colours),
    '',
    ` ${colours.bold(`${rate}`.padStart(4))} requests/s   ${number.format(requests)} so far   ${colours.bold(failed)}`,
    ` control plane ${state[scene.controlPlane]}   ${colours.dim(`xDS ${scene.protocol} · ${clock}`)}`,
    '',
    colours.dim(`${' weights'.padEnd(TITLE_WIDTH + 4)}requests  serviceb servicebv2`),
  ];
  const acts = scene.acts.map((act, index) => actLine(act, colours, !scene.over && index === scene.acts.length - 1));
  const lines = [...head, ...acts.slice(Math.max(0, head.length + acts.length - rows))];
  return lines.slice(0, rows).map((line) => cut(line, columns));
}

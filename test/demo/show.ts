import type { WriteStream } from 'node:tty';
import { actLine, cut, frame, paint, percent, weightsText } from './draw.ts';
import { type Scene, share } from './scene.ts';

/** Where the demo is watched. */
export interface Show {
  /** A step of the start is under way, and then done. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Shows scenes from now on, as they are, until `end`. */
  begin(scene: () => Scene): void;
  /** Leaves the last scene standing and gives the terminal back as it was; may be called at any time, and more than once. */
  end(): void;
  /** The story is over: shows how it went, act by act. */
  finish(): void;
  say(text: string): void;
}

const FRAME_MILLIS = 100;
const LINE_MILLIS = 1000;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** Terminals that know it show a frame at once, without tearing; others pass over it. */
const SYNCHRONIZED = ['\u001b[?2026h', '\u001b[?2026l'] as const;
const HOME = '\u001b[H';
const TO_LINE_END = '\u001b[K';
const TO_SCREEN_END = '\u001b[J';
/** Height of the picture with all its acts; a lower terminal gets lines instead. */
const MIN_ROWS = 20;

/** A picture that is drawn over and over, where there is a terminal high enough; else one line per second. */
export function createShow(out: NodeJS.WriteStream, colours: boolean): Show {
  return out.isTTY && out.getWindowSize()[1] >= MIN_ROWS ? picture(out, colours) : lines(out);
}

function picture(out: WriteStream, colours: boolean): Show {
  const brush = paint(colours);
  let timer: NodeJS.Timeout | undefined;
  let height = 0;
  let drawnAt = '';
  let latest: (() => Scene) | undefined;
  const draw = (atLeastRows = 0) => {
    if (latest === undefined) return;
    // Asked each time: the window may change, and a process without a controlling terminal is not told.
    const [columns, rows] = out.getWindowSize();
    const size = `${columns}x${rows}`;
    // A terminal of another size has wrapped and moved what was drawn: nobody knows where, so it is drawn anew from the top.
    const back = height === 0 ? '' : size === drawnAt ? `\u001b[${height}A` : HOME;
    // The cursor rests below the picture.
    const lines = frame(latest(), { columns, rows: Math.max(atLeastRows, rows - 1) }, brush);
    out.write(`${SYNCHRONIZED[0]}${back}${lines.map((line) => `\r${line}${TO_LINE_END}\n`).join('')}${TO_SCREEN_END}${SYNCHRONIZED[1]}`);
    height = lines.length;
    drawnAt = size;
  };
  const redraw = () => draw();
  const stepLine = (line: string) => cut(line, out.getWindowSize()[0]);
  return {
    step: async (title, work) => {
      const started = performance.now();
      out.write(HIDE_CURSOR + stepLine(` ${brush.dim('…')} ${title}`));
      try {
        const done = await work();
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        out.write(`\r${stepLine(` ${brush.good('✓')} ${title} ${brush.dim(`${seconds} s`)}`)}${TO_LINE_END}\n`);
        return done;
      } catch (error) {
        out.write(`\r${stepLine(` ${brush.bad('✗')} ${title}`)}${TO_LINE_END}\n`);
        throw error;
      }
    },
    begin: (scene) => {
      latest = scene;
      draw();
      timer = setInterval(redraw, FRAME_MILLIS);
      out.on('resize', redraw);
    },
    finish: () => {
      // Nothing is drawn over this one: it may be higher than the screen.
      draw(Number.POSITIVE_INFINITY);
      if (latest !== undefined) out.write(`\n ${brush.bold(verdict(latest()))}\n`);
      latest = undefined;
    },
    end: () => {
      clearInterval(timer);
      out.off('resize', redraw);
      draw();
      latest = undefined;
      out.write(SHOW_CURSOR);
    },
    say: (text) => out.write(text),
  };
}

function lines(out: NodeJS.WriteStream): Show {
  let timer: NodeJS.Timeout | undefined;
  let latest: (() => Scene) | undefined;
  return {
    step: async (title, work) => {
      const started = performance.now();
      const done = await work();
      out.write(`ok  ${title} ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
      return done;
    },
    begin: (scene) => {
      latest = scene;
      timer = setInterval(() => out.write(`${line(scene())}\n`), LINE_MILLIS);
    },
    finish: () => {
      clearInterval(timer);
      const scene = latest?.();
      if (scene === undefined) return;
      const acts = scene.acts.map((act) => actLine(act, paint(false)));
      out.write(`\n${acts.join('\n')}\n\n${verdict(scene)}\n`);
    },
    end: () => clearInterval(timer),
    say: (text) => out.write(text),
  };
}

function line(scene: Scene): string {
  const act = scene.acts.at(-1);
  const rate = Object.values(scene.lastSecond).reduce((one, other) => one + other, 0);
  const v2 = share(scene.lastSecond);
  const split = `serviceb ${percent(1 - v2)}  servicebv2 ${percent(v2)}`;
  const seconds = `${Math.round(scene.elapsedSeconds)}`.padStart(3);
  const weights = weightsText(act?.weights ?? {}).padEnd(6);
  return `${seconds} s  weights ${weights} ${split}  ${rate} req/s  ${scene.total.failures.length} failed  control plane ${scene.controlPlane}: ${act?.title ?? ''}`;
}

function verdict({ total: { requests, failures } }: Scene): string {
  return `${requests.toLocaleString('en-US')} requests, ${failures.length.toLocaleString('en-US')} failed.`;
}

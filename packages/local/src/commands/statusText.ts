import type { ProxyState, ProxyStatus, UnknownNode, XdsTypeStatus } from '@meshwright/api';
import type { FleetState } from './statusFleet.ts';

/** How text is laid out. */
export interface TextStyle {
  /** Characters of a line; undefined: as long as they are, for files and pipes. */
  readonly width: number | undefined;
  readonly hasColours: boolean;
}

interface Column {
  readonly title: string;
  readonly cell: (proxy: ProxyStatus) => string;
}

// In the order in which they are shown; where there is no room the last goes first.
const COLUMNS: readonly Column[] = [
  { title: 'PROXY', cell: ({ meshName, kind, name }) => `${meshName} ${kind}/${name}` },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'TYPES', cell: ({ types }) => types.map(typeMark).join(' ') },
  { title: 'ENVOY', cell: ({ envoyVersion = '?' }) => envoyVersion },
  { title: 'ADDRESS', cell: ({ address }) => address },
  { title: 'SINCE', cell: ({ connectedAt, disconnectedAt }) => (disconnectedAt ?? connectedAt).slice(0, 19).replace('T', ' ') },
  { title: 'RELAY', cell: ({ relay }) => relay },
  { title: 'ID', cell: ({ id }) => id },
];
/** Columns that are shown however narrow it is. */
const NEEDED = 2;
const NARROWEST = 20;
const GAP = '  ';

const ESCAPE = '\u001b[';
const COLOUR: Readonly<Record<ProxyState, string>> = {
  SYNCED: '32',
  STALE: '33',
  NOT_SENT: '33',
  ORPHANED: '33',
  REJECTED: '31',
  OFFLINE: '90',
};

/** A fleet as people read it: a line per proxy, below it what it refuses and why, and a count at the end. */
export function statusText({ proxies, unknownNodes }: FleetState, style: TextStyle): string {
  const lines = [
    ...proxyLines(proxies, style),
    ...unknownNodes.flatMap((node) => unknownLines(node, style)),
    summary(proxies, unknownNodes),
  ];
  return `${lines.join('\n')}\n`;
}

function proxyLines(proxies: readonly ProxyStatus[], style: TextStyle): readonly string[] {
  if (proxies.length === 0) return [];
  const rows = proxies.map((proxy) => COLUMNS.map(({ cell }) => plain(cell(proxy))));
  const titles = COLUMNS.map(({ title }) => title);
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const shown = fitting(widths, style.width);
  const line = (cells: readonly string[]): string =>
    shown
      .map((width, column) => cut(cells[column] ?? '', width).padEnd(width))
      .join(GAP)
      .trimEnd();
  return [
    line(titles),
    ...proxies.flatMap((proxy, index) => [
      coloured(line(rows[index] ?? []), proxy.state, style),
      ...refusals(proxy).flatMap((text) => wrapped(text, style)),
    ]),
  ];
}

/** Widths of the columns that there is room for. */
function fitting(widths: readonly number[], room: number | undefined): readonly number[] {
  if (room === undefined) return widths;
  const needs = (count: number): number => widths.slice(0, count).reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  let count = widths.length;
  while (count > NEEDED && needs(count) > room) count -= 1;
  const [first = 0, ...others] = widths.slice(0, count);
  return [Math.max(Math.min(first, NARROWEST), first - Math.max(0, needs(count) - room)), ...others];
}

/** What a proxy stands by, and why it is sent nothing. */
function refusals({ state, reason, types }: ProxyStatus): readonly string[] {
  const refused = state === 'OFFLINE' ? [] : types.filter((type) => type.state === 'REJECTED');
  return [
    ...refused.map(({ type, rejected }) => {
      const where = (rejected?.causes ?? []).map(({ resource, pointer }) => ` ${resource}${pointer === '' ? '' : ` ${pointer}`}`);
      return `${type} refused:${where.join(',')}${where.length > 0 ? ':' : ''} ${rejected?.message ?? ''}`;
    }),
    ...(reason === undefined || state === 'SYNCED' ? [] : [reason]),
  ];
}

function unknownLines({ nodeId, state, reason, address }: UnknownNode, style: TextStyle): readonly string[] {
  return [
    coloured(cut(plain(`${state} node ${nodeId === '' ? '(no id)' : nodeId} from ${address}`), style.width), 'ORPHANED', style),
    ...wrapped(reason, style),
  ];
}

function summary(proxies: readonly ProxyStatus[], unknownNodes: readonly UnknownNode[]): string {
  const states = (Object.keys(COLOUR) as ProxyState[]).flatMap((state) => {
    const count = proxies.filter((proxy) => proxy.state === state).length;
    return count === 0 ? [] : [`${count} ${state.toLowerCase().replace('_', ' ')}`];
  });
  const unknown = unknownNodes.length === 0 ? '' : `; ${unknownNodes.length} unknown ${unknownNodes.length === 1 ? 'node' : 'nodes'}`;
  if (proxies.length === 0) return `no proxies${unknown}`;
  return `${proxies.length} ${proxies.length === 1 ? 'proxy' : 'proxies'}: ${states.join(', ')}${unknown}`;
}

/** `CDS✓`; the marks say what a state says, for those who see no colours. */
function typeMark({ type, state }: XdsTypeStatus): string {
  return `${type}${{ SYNCED: '✓', STALE: '…', REJECTED: '✗', NOT_SENT: '-' }[state]}`;
}

function wrapped(text: string, { width }: TextStyle): readonly string[] {
  const indent = '    ';
  const whole = plain(text.trim());
  if (width === undefined) return [indent + whole];
  const room = Math.max(NARROWEST, width - indent.length);
  return Array.from({ length: Math.ceil(whole.length / room) }, (_, line) => indent + whole.slice(line * room, (line + 1) * room));
}

function cut(text: string, width: number | undefined): string {
  return width === undefined || text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function coloured(line: string, state: ProxyState, { hasColours }: TextStyle): string {
  return hasColours ? `${ESCAPE}${COLOUR[state]}m${line}${ESCAPE}0m` : line;
}

/** What a proxy sent must not steer the terminal it is shown on, nor begin a line there. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

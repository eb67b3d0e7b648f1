import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MetricDefinition, PROCESS_METRICS, RELAY_METRICS } from '@meshwright/relay';
import { expect, test } from 'vitest';
import { page } from './pages.ts';

const metrics: readonly MetricDefinition[] = [...Object.values(RELAY_METRICS), ...Object.values(PROCESS_METRICS)];
const byName = new Map(metrics.map((metric) => [metric.name, metric]));

/** Rows of the page's tables that begin with the name of a metric. */
const rows = [...page('observability.md').matchAll(/^\| `([a-z0-9_]+)` +\|(.*)\|$/gm)].map(([, name = '', rest = '']) => ({
  name,
  cells: rest.split('|').map((cell) => cell.trim()),
}));

test('the page has every metric once, with its labels, what it says and what to alarm on', () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual([...byName.keys()].toSorted());
  for (const { name, cells } of rows) {
    const [unit, labels = '', says, alarm] = cells;
    expect([...labels.matchAll(/`([a-z_]+)`/g)].map(([, label]) => label).toSorted(), name).toEqual(byName.get(name)?.labels.toSorted());
    for (const cell of [unit, says, alarm]) expect(cell, name).toMatch(/./);
  }
});

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly type: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const file = join(import.meta.dirname, '..', '..', 'packages', 'docs', 'dashboards', 'meshwright.json');
const dashboard = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

/** Metrics that a query names, without what a histogram's series add. */
function metricsIn(expr: string): readonly string[] {
  return [...expr.matchAll(/\b((?:meshwright|process|nodejs)_[a-z0-9_]+)/g)].map(([, name = '']) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  );
}

test('the dashboard asks for metrics that there are, by labels that they have, and for all of them', () => {
  for (const { title, expr } of queries) {
    const names = metricsIn(expr);
    expect(names, title).toHaveLength(1);
    const metric = byName.get(names[0] ?? '');
    expect(metric, `${title}: ${expr}`).toBeDefined();
    expect(expr.includes('_bucket'), expr).toBe(metric?.kind === 'histogram');
    expect(/\b(?:rate|increase)\(/.test(expr), expr).toBe(metric?.kind !== 'gauge');
    const grouping =
      /sum by \(([^)]*)\)/
        .exec(expr)?.[1]
        ?.split(',')
        .map((label) => label.trim()) ?? [];
    for (const label of grouping) expect(['le', 'instance', ...(metric?.labels ?? [])], expr).toContain(label);
  }
  expect([...new Set(queries.flatMap(({ expr }) => metricsIn(expr)))].toSorted()).toEqual([...byName.keys()].toSorted());
});

test('no two panels of the dashboard lie on each other', () => {
  const places = (dashboard.panels as unknown as readonly { readonly gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[]).flatMap(
    ({ gridPos }) =>
      Array.from(
        { length: gridPos.w * gridPos.h },
        (_, index) => `${gridPos.x + (index % gridPos.w)},${gridPos.y + Math.floor(index / gridPos.w)}`,
      ),
  );
  expect(new Set(places).size).toBe(places.length);
});

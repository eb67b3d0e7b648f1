interface StatsAnswer {
  /** Histograms come as one row without a name. */
  readonly stats: readonly { readonly name?: string; readonly value?: number }[];
}

/** Counters and gauges whose name matches the regular expression, by full name; `admin` is a GET on Envoy's admin interface. */
export async function envoyStats(admin: (path: string) => Promise<string>, filter: string): Promise<Readonly<Record<string, number>>> {
  const { stats } = JSON.parse(await admin(`/stats?format=json&filter=${encodeURIComponent(filter)}`)) as StatsAnswer;
  return Object.fromEntries(stats.flatMap(({ name, value }) => (name === undefined || value === undefined ? [] : [[name, value]])));
}

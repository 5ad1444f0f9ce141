import type { MetricDefinition } from './metric-definition';

const INTRODUCTION = `# Metrics

Orchestration serves its metrics at \`/metrics\` on port 8080, a worker on port 8081, in the text format of Prometheus. Besides those
below, both have the usual \`process_*\` and \`nodejs_*\` metrics. A label has at most 200 values in a process; later ones count
as \`other\`.

Durations are histograms in seconds. One gauge is in milliseconds, since the deployment guide names it so:
\`tasker_event_listener_lag_ms\`.
`;

const HEAD = '| metric | type | labels | process | meaning |\n| --- | --- | --- | --- | --- |';

function renderRow([name, { kind, labels, process, help }]: [string, MetricDefinition]): string {
  const shownLabels = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${kind} | ${shownLabels} | ${process ?? 'both'} | ${help} |`;
}

/** Gives the reference of a metric table as a Markdown document, ordered by name. */
export function renderMetricReference(table: Readonly<Record<string, MetricDefinition>>): string {
  const rows = Object.entries(table)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(renderRow);
  return `${INTRODUCTION}\n${HEAD}\n${rows.join('\n')}\n`;
}

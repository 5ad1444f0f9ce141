import type { LRParser } from '@lezer/lr';
import { metricTable } from '@tasker/telemetry';

// Its types say that it is an ES module only, though it has a CommonJS build as well.
const { parser } = require('@prometheus-io/lezer-promql') as { readonly parser: LRParser };

/** What a query reads. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Labels that Prometheus adds to every series, and `le` of histograms. */
const COMMON_LABELS: readonly string[] = ['job', 'instance', 'pod', 'le'];
const table: Readonly<Record<string, { readonly kind: string; readonly labels: readonly string[] }>> = metricTable;

/** Gives the selectors of a query in PromQL. @throws {Error} when it is no PromQL */
export function parseSelectors(query: string): readonly Selector[] {
  const selectors: { metric: string; labels: string[] }[] = [];
  parser.parse(query).iterate({
    enter(node) {
      const { type, from, to } = node;
      const text = query.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`);
      if (type.name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      const last = selectors.at(-1);
      if (last === undefined) return;
      if (type.name === 'Identifier' && node.matchContext(['VectorSelector'])) last.metric = text;
      if (type.name === 'LabelName' && node.matchContext(['UnquotedLabelMatcher'])) last.labels.push(text);
    },
  });
  return selectors;
}

function findDefinition(metric: string) {
  const histogram = /^(.*)_(bucket|sum|count)$/.exec(metric)?.[1];
  if (histogram !== undefined && table[histogram]?.kind === 'histogram') return table[histogram];
  return table[metric]?.kind === 'histogram' ? undefined : table[metric];
}

/** Gives what is wrong with a query: metrics that nothing exports, labels that its metrics do not have. */
export function findProblems(query: string, recorded: ReadonlySet<string>): readonly string[] {
  return parseSelectors(query).flatMap(({ metric, labels }) => {
    if (metric === 'up' || recorded.has(metric)) return [];
    const definition = findDefinition(metric);
    if (definition === undefined) return [`no process exports ${metric}: ${query}`];
    const known = [...definition.labels, ...COMMON_LABELS];
    return labels.filter((label) => !known.includes(label)).map((label) => `${metric} has no label ${label}: ${query}`);
  });
}

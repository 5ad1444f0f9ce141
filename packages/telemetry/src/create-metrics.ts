import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createLabelBounds } from './bounded-labels';
import type { MetricDefinition, ProcessKind } from './metric-definition';
import { type MetricTable, metricTable } from './metric-table';

type NameOf<Kind extends MetricDefinition['kind']> = {
  [Name in keyof MetricTable]: MetricTable[Name]['kind'] extends Kind ? Name : never;
}[keyof MetricTable];

/** The names of the counters in the table. */
export type CounterName = NameOf<'counter'>;
/** The names of the gauges in the table. */
export type GaugeName = NameOf<'gauge'>;
/** The names of the histograms in the table. */
export type HistogramName = NameOf<'histogram'>;
/** Exactly the labels that the table gives a metric; `{}` when it has none. */
export type LabelsOf<Name extends keyof MetricTable> = Record<MetricTable[Name]['labels'][number], string>;

/** The metrics of one process. Unknown names and labels are compile errors. */
export interface Metrics {
  increment<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Forgets all series of a gauge, for gauges whose label values may go away: reset, then set those that are left. */
  reset(name: GaugeName): void;
  /** Has `collect` called before each scrape, to set gauges that are read rather than counted. */
  onScrape(collect: () => void | Promise<void>): void;
  /** All metrics in the text format of Prometheus; {@link Metrics.contentType} goes with it. */
  scrape(): Promise<string>;
  readonly contentType: string;
}

/** How metrics are set up. */
export interface MetricsOptions {
  /** Adds CPU, memory, event loop and garbage collection of the process. @default true */
  readonly processMetrics?: boolean;
  /** How many values each label keeps before further ones count as `other`. @default 200 */
  readonly maxLabelValues?: number;
  /** Whose metrics are shown; what moves another kind of process's metrics has no effect. @default those of both kinds */
  readonly process?: ProcessKind;
}

/** Gauges of the library whose names end in `_total`, which Prometheus reserves for counters. */
const MISNAMED_GAUGES = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED_GAUGES) registry.removeSingleMetric(name);
}

/** Creates a registry of its own with every metric of the table that the process has. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const bound = createLabelBounds(options.maxLabelValues);
  const collectors: (() => void | Promise<void>)[] = [];
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, definition] of Object.entries<MetricDefinition>(metricTable)) {
    if (options.process !== undefined && definition.process !== undefined && definition.process !== options.process) {
      continue;
    }
    const shared = { name, help: definition.help, labelNames: definition.labels, registers: [registry] };
    if (definition.kind === 'counter') counters.set(name, new Counter(shared));
    else if (definition.kind === 'gauge') gauges.set(name, new Gauge(shared));
    else histograms.set(name, new Histogram({ ...shared, buckets: [...(definition.buckets ?? [])] }));
  }
  if (options.processMetrics !== false) registerProcessMetrics(registry);

  const bounded = (labels: Record<string, string>) =>
    Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, bound(label, value)]));

  return {
    contentType: registry.contentType,
    increment: (name, labels, by = 1) => counters.get(name)?.inc(bounded(labels), by),
    set: (name, labels, value) => gauges.get(name)?.set(bounded(labels), value),
    observe: (name, labels, value) => histograms.get(name)?.observe(bounded(labels), value),
    reset: (name) => gauges.get(name)?.reset(),
    onScrape: (collect) => {
      collectors.push(collect);
    },
    async scrape() {
      for (const collect of collectors) await collect();
      return registry.metrics();
    },
  };
}

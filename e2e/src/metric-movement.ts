import { type MetricDefinition, metricTable, type ProcessKind } from '@tasker/telemetry';

/** A kind of process and where each of its processes answers. */
export type Targets = Readonly<Record<ProcessKind, readonly string[]>>;

/** Watches which metrics have ever had a value other than zero. */
export interface MetricMovement {
  /** Scrapes every target once. */
  look(): Promise<void>;
  /** Whether all these metrics have moved; looks first. */
  haveMoved(process: ProcessKind, ...names: readonly (keyof typeof metricTable)[]): Promise<boolean>;
  /** The metrics of the table that a kind of process has and that never moved, by name. */
  unmoved(process: ProcessKind): readonly string[];
}

/** Gives the names of the metrics in a scrape of which a series is above zero; a histogram moves with its count. */
export function findMoved(scrape: string): readonly string[] {
  const moved = new Set<string>();
  let family = '';
  for (const line of scrape.split('\n')) {
    const type = /^# TYPE (\S+)/.exec(line)?.[1];
    if (type !== undefined) family = type;
    else if (line !== '' && !line.startsWith('#') && Number(line.slice(line.lastIndexOf(' ') + 1)) > 0)
      moved.add(family);
  }
  return [...moved];
}

function metricsOf(process: ProcessKind): readonly string[] {
  return Object.entries<MetricDefinition>(metricTable)
    .filter(([, definition]) => definition.process === undefined || definition.process === process)
    .map(([name]) => name)
    .sort();
}

/** Creates a watcher over running processes. */
export function watchMetrics(targets: Targets): MetricMovement {
  const moved = { orchestration: new Set<string>(), worker: new Set<string>() };
  const look = async () => {
    for (const process of ['orchestration', 'worker'] as const) {
      for (const url of targets[process]) {
        const text = await (await fetch(`${url}/metrics`)).text();
        for (const name of findMoved(text)) moved[process].add(name);
      }
    }
  };
  return {
    look,
    unmoved: (process) => metricsOf(process).filter((name) => !moved[process].has(name)),
    async haveMoved(process, ...names) {
      await look();
      return names.every((name) => moved[process].has(name));
    },
  };
}

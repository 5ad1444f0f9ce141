import type { BenchClient } from './bench-client';
import type { DatabaseWork, WorkMeter } from './statistics';

/** Times in milliseconds, as the client saw them: from the request to the moment it knew the task was complete. */
export interface LatencyResult {
  readonly kind: 'latency';
  readonly template: string;
  readonly tasks: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly stepsPerTask: number;
  readonly database: DatabaseWork;
}

/** Rates at saturation; with several rounds the median, and the lowest and highest. */
export interface ThroughputResult {
  readonly kind: 'throughput';
  readonly template: string;
  readonly submission: string;
  readonly tasks: number;
  readonly rounds: number;
  readonly stepsPerSecond: number;
  readonly spread: readonly [number, number];
  readonly tasksPerSecond: number;
  readonly intakePerSecond: number;
  readonly stepsPerTask: number;
  readonly database: DatabaseWork;
}

/** Gives the value below which the part `q` of the values lies. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Until then V8 still compiles, and each new connection of PostgreSQL still plans. */
const WARM_UP_STEPS = 4_000;

/** Runs tasks one after the other. */
export async function measureLatency(
  client: BenchClient,
  meter: WorkMeter,
  { template, stepsPerTask, tasks }: { template: string; stepsPerTask: number; tasks: number },
): Promise<LatencyResult> {
  for (let index = 0; index * stepsPerTask < WARM_UP_STEPS; index += 1) await client.runOne(template);
  const { value: times, database } = await meter.measure(async () => {
    const measured: number[] = [];
    for (let index = 0; index < tasks; index += 1) measured.push(await client.runOne(template));
    return measured;
  });
  const sorted = times.toSorted((a, b) => a - b);
  return {
    kind: 'latency',
    template,
    tasks,
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    stepsPerTask,
    database,
  };
}

/** Submits many tasks as fast as the server takes them and waits until all are complete. */
export async function measureThroughput(
  client: BenchClient,
  meter: WorkMeter,
  options: { template: string; stepsPerTask: number; tasks: number; batch: number; rounds: number },
): Promise<ThroughputResult> {
  const { template, stepsPerTask, tasks, batch, rounds } = options;
  await client.submitMany(template, Math.min(tasks, 200), batch);
  await client.waitUntilSettled();
  const { value: measured, database } = await meter.measure(async () => {
    const seconds: { intake: number; all: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      await client.submitMany(template, tasks, batch);
      const intake = (performance.now() - start) / 1000;
      await client.waitUntilSettled();
      seconds.push({ intake, all: (performance.now() - start) / 1000 });
    }
    return seconds;
  });
  const rates = measured.map(({ all }) => (tasks * stepsPerTask) / all).toSorted((a, b) => a - b);
  const median = quantile(rates, 0.5);
  return {
    kind: 'throughput',
    template,
    submission: batch === 1 ? 'single, 8 connections' : `batches of ${batch}`,
    tasks,
    rounds,
    stepsPerSecond: median,
    spread: [rates[0] ?? Number.NaN, rates.at(-1) ?? Number.NaN],
    tasksPerSecond: median / stepsPerTask,
    intakePerSecond: quantile(
      measured.map(({ intake }) => tasks / intake).toSorted((a, b) => a - b),
      0.5,
    ),
    stepsPerTask,
    database: {
      commits: database.commits / rounds,
      statements: database.statements === null ? null : database.statements / rounds,
    },
  };
}

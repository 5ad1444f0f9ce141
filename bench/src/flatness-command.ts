import { Command, InvalidArgumentError } from 'commander';
import { Client } from 'pg';
import { type BenchClient, createBenchClient } from './bench-client';
import { describeMachine } from './describe-machine';
import { type LatencyResult, measureLatency, measureThroughput, type ThroughputResult } from './scenarios';
import { startBenchFleet } from './start-bench-fleet';
import { createWorkMeter, type WorkMeter } from './statistics';
import { FAN_OUT_40, FAN_OUT_10000, LINEAR_4 } from './templates';

interface FlatnessOptions {
  readonly json: boolean;
  readonly steps: number;
  readonly openTransaction: boolean;
}

const LINEAR = { template: LINEAR_4.name, stepsPerTask: 4 };
const HISTORY_BATCH = 20_000;

/** What is compared: the same two measurements of `linear_4`. */
interface Sample {
  readonly latency: LatencyResult;
  readonly throughput: ThroughputResult;
}

async function takeSample(client: BenchClient, meter: WorkMeter): Promise<Sample> {
  return {
    throughput: await measureThroughput(client, meter, { ...LINEAR, tasks: 5_000, batch: 100, rounds: 5 }),
    latency: await measureLatency(client, meter, { ...LINEAR, tasks: 500 }),
  };
}

/** Has so many steps done that the tables hold `steps` of them; gives the steps per second of each part of the way. */
async function fill(client: BenchClient, meter: WorkMeter, steps: number, onProgress: (text: string) => void) {
  const rates: number[] = [];
  for (;;) {
    const [row] = await meter.query<{ count: number }>('select count(*)::integer as count from tasker.steps');
    const missing = steps - (row?.count ?? 0);
    onProgress(`${steps - missing} of ${steps} finished steps${rates.length === 0 ? '' : `, ${rates.at(-1)} steps/s`}`);
    if (missing <= 0) return rates;
    const tasks = Math.ceil(Math.min(missing / LINEAR.stepsPerTask, HISTORY_BATCH) / 100) * 100;
    const startedAtMs = performance.now();
    await client.submitMany(LINEAR.template, tasks, 100);
    await client.waitUntilSettled();
    rates.push(Math.round((tasks * LINEAR.stepsPerTask * 1_000) / (performance.now() - startedAtMs)));
  }
}

/** Milliseconds per step, from the first submission to the end of the last of `tasks` tasks. */
async function measurePerStep(client: BenchClient, template: string, steps: number, tasks: number): Promise<number> {
  const startedAtMs = performance.now();
  await client.submitMany(template, tasks, Math.min(tasks, 50));
  await client.waitUntilSettled();
  return (performance.now() - startedAtMs) / (tasks * steps);
}

async function measureSizes(client: BenchClient): Promise<{ msPerStepOf40: number; msPerStepOf10000: number }> {
  const [small, large] = [FAN_OUT_40, FAN_OUT_10000].map(({ name, steps }) => ({ name, steps: steps.length }));
  if (small === undefined || large === undefined) throw new Error('no templates');
  await measurePerStep(client, small.name, small.steps, 50);
  const [ofSmall, ofLarge]: [number[], number[]] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    ofSmall.push(await measurePerStep(client, small.name, small.steps, Math.round(large.steps / small.steps)));
    ofLarge.push(await measurePerStep(client, large.name, large.steps, 1));
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[1] ?? Number.NaN;
  return { msPerStepOf40: median(ofSmall), msPerStepOf10000: median(ofLarge) };
}

const describe = ({ latency, throughput }: Sample) => {
  const [low, high] = throughput.spread.map(Math.round);
  return (
    `p50 ${latency.p50Ms.toFixed(1)} ms, p95 ${latency.p95Ms.toFixed(1)} ms; ` +
    `${Math.round(throughput.stepsPerSecond)} steps/s (${low}–${high})`
  );
};

async function run({ json, steps, openTransaction }: FlatnessOptions): Promise<void> {
  await using fleet = await startBenchFleet('pgmq');
  const [connection, reader] = [new Client(fleet.databaseUrl), new Client(fleet.databaseUrl)];
  await connection.connect();
  await reader.connect();
  try {
    const meter = await createWorkMeter(connection);
    const client = createBenchClient(fleet.orchestrationUrl, meter);
    for (const template of [LINEAR_4, FAN_OUT_40, FAN_OUT_10000]) await client.register(template);
    const machine = `${describeMachine()}, ${fleet.servers}`;
    console.error(machine);
    const empty = await takeSample(client, meter);
    console.error(`before: ${describe(empty)}`);
    if (openTransaction) await reader.query('begin isolation level repeatable read; select');
    const fillRates = await fill(client, meter, steps, console.error);
    const full = await takeSample(client, meter);
    console.error(`after: ${describe(full)}`);
    const sizes = await measureSizes(client);
    if (json) {
      console.log(
        JSON.stringify({ machine, steps, empty, fillRates, full, sizes, memoryMb: fleet.peakMemoryMb() }, null, 2),
      );
      return;
    }
    const ratio = (now: number, before: number) => (now / before).toFixed(2);
    console.log(
      [
        machine,
        `linear_4 on empty tables: ${describe(empty)}`,
        `linear_4 with ${steps} finished steps: ${describe(full)}`,
        `ratio: p50 ${ratio(full.latency.p50Ms, empty.latency.p50Ms)}, ` +
          `steps/s ${ratio(full.throughput.stepsPerSecond, empty.throughput.stepsPerSecond)}`,
        `one task of 10,002 steps: ${sizes.msPerStepOf10000.toFixed(3)} ms per step, tasks of 42 steps: ` +
          `${sizes.msPerStepOf40.toFixed(3)}, ratio ${ratio(sizes.msPerStepOf10000, sizes.msPerStepOf40)}`,
      ].join('\n'),
    );
  } finally {
    await reader.end();
    await connection.end();
  }
}

function parseSteps(text: string): number {
  const steps = Number(text);
  if (!Number.isInteger(steps) || steps < 1) throw new InvalidArgumentError('Give a whole number, at least 1.');
  return steps;
}

/** Gives the command `flatness`. */
export function flatnessCommand(): Command {
  return new Command('flatness')
    .description(
      'Measures linear_4 on empty tables and again after a million steps, which the engine itself works through, and a step of a huge task ' +
        'beside one of a small task. Takes about ten minutes.',
    )
    .option('--json', 'print the figures as JSON', false)
    .option('--steps <count>', 'finished steps to measure with', parseSteps, 1_000_000)
    .option(
      '--open-transaction',
      'keep a transaction open from the first to the last of them, so that vacuum removes nothing',
      false,
    )
    .action((options: FlatnessOptions) => run(options));
}

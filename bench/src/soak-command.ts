import { Command, InvalidArgumentError } from 'commander';
import { Client } from 'pg';
import { type BenchClient, createBenchClient } from './bench-client';
import { describeMachine } from './describe-machine';
import { quantile } from './scenarios';
import { type BenchFleet, type MemoryMb, startBenchFleet } from './start-bench-fleet';
import { createWorkMeter } from './statistics';
import { LINEAR_4 } from './templates';

interface SoakOptions {
  readonly json: boolean;
  readonly minutes: number;
}

/** What one round saw: full load, then tasks one after the other. */
interface Round {
  /** From the beginning of the soak. */
  readonly minute: number;
  readonly stepsPerSecond: number;
  readonly p50Ms: number;
  /** At the end of the full load. */
  readonly residentMb: MemoryMb;
}

const STEPS_PER_TASK = 4;
const ROUND_TASKS = 40_000;
const ROUND_LONE_TASKS = 40;
/** Rounds at either end that are compared. */
const COMPARED = 5;

async function runRound(client: BenchClient, fleet: BenchFleet, beganAtMs: number): Promise<Round> {
  const startedAtMs = performance.now();
  await client.submitMany(LINEAR_4.name, ROUND_TASKS, 100);
  await client.waitUntilSettled();
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const residentMb = fleet.residentMemoryMb();
  const lone: number[] = [];
  for (let index = 0; index < ROUND_LONE_TASKS; index += 1) lone.push(await client.runOne(LINEAR_4.name));
  return {
    minute: Number(((performance.now() - beganAtMs) / 60_000).toFixed(1)),
    stepsPerSecond: Math.round((ROUND_TASKS * STEPS_PER_TASK) / seconds),
    p50Ms: quantile(
      lone.toSorted((a, b) => a - b),
      0.5,
    ),
    residentMb,
  };
}

const describeRound = ({ minute, stepsPerSecond, p50Ms, residentMb }: Round) =>
  `${minute.toFixed(1)} min: ${stepsPerSecond} steps/s, p50 ${p50Ms.toFixed(1)} ms; ` +
  `resident: orchestration ${residentMb.orchestration} MB, worker ${residentMb.worker} MB`;

const FIGURES = {
  'steps/s': (round: Round) => round.stepsPerSecond,
  'p50 in ms': (round: Round) => round.p50Ms,
  'orchestration in MB': ({ residentMb }: Round) => residentMb.orchestration ?? Number.NaN,
  'worker in MB': ({ residentMb }: Round) => residentMb.worker ?? Number.NaN,
};

/** Compares the medians of the first and the last rounds; the very first warms up, and is left out when there are others. */
function summarize(rounds: readonly Round[]): string[] {
  const warm = rounds.length > 1 ? rounds.slice(1) : rounds;
  const [first, last] = [warm.slice(0, COMPARED), warm.slice(-COMPARED)];
  return Object.entries(FIGURES).map(([name, read]) => {
    const [before, after] = [first, last].map((part) =>
      quantile(
        part.map(read).toSorted((a, b) => a - b),
        0.5,
      ),
    );
    return `${name}: ${before?.toFixed(1)} at first, ${after?.toFixed(1)} at last (${((after ?? 0) / (before ?? 1)).toFixed(2)})`;
  });
}

async function run({ json, minutes }: SoakOptions): Promise<void> {
  await using fleet = await startBenchFleet('pgmq');
  const connection = new Client(fleet.databaseUrl);
  await connection.connect();
  try {
    const client = createBenchClient(fleet.orchestrationUrl, await createWorkMeter(connection));
    await client.register(LINEAR_4);
    const machine = `${describeMachine()}, ${fleet.servers}`;
    console.error(machine);
    const rounds: Round[] = [];
    const beganAtMs = performance.now();
    while (performance.now() - beganAtMs < minutes * 60_000) {
      const round = await runRound(client, fleet, beganAtMs);
      rounds.push(round);
      console.error(describeRound(round));
    }
    const steps = rounds.length * (ROUND_TASKS + ROUND_LONE_TASKS) * STEPS_PER_TASK;
    const peakMemoryMb = fleet.peakMemoryMb();
    if (json) console.log(JSON.stringify({ machine, minutes, steps, rounds, peakMemoryMb }, null, 2));
    else console.log([machine, `${steps} steps in ${rounds.length} rounds`, ...summarize(rounds)].join('\n'));
  } finally {
    await connection.end();
  }
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new InvalidArgumentError('Give a number of minutes, at most 1440.');
  return minutes;
}

/** Gives the command `soak`. */
export function soakCommand(): Command {
  return new Command('soak')
    .description(
      'Keeps the engine under full load for an hour and watches whether throughput, latency and memory stay what they are. ' +
        'All finished steps are kept: about 2 KB of disk each.',
    )
    .option('--json', 'print the figures as JSON', false)
    .option('--minutes <number>', 'how long', parseMinutes, 60)
    .action((options: SoakOptions) => run(options));
}

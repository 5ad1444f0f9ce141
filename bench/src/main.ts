import { Command, Option } from 'commander';
import { Client } from 'pg';
import { BACKENDS, type BackendName } from './bench-broker';
import { createBenchClient } from './bench-client';
import { describeMachine } from './describe-machine';
import { flatnessCommand } from './flatness-command';
import { type BarePathResult, measureBarePath } from './measure-bare-path';
import { messagingCommand } from './messaging/messaging-command';
import { type LatencyResult, measureLatency, measureThroughput, type ThroughputResult } from './scenarios';
import { soakCommand } from './soak-command';
import { startBenchFleet } from './start-bench-fleet';
import { createWorkMeter } from './statistics';
import { FAN_OUT_40, LINEAR_4 } from './templates';

interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly bare: boolean;
  readonly backend: BackendName;
}

const perStep = (result: LatencyResult | ThroughputResult, amount: number | null) =>
  amount === null ? 'n/a' : (amount / (result.tasks * result.stepsPerTask)).toFixed(2);

type Result = LatencyResult | ThroughputResult | BarePathResult;

function describe(result: Result): string {
  if (result.kind === 'bare') {
    const [p50, p95] = [result.p50Ms, result.p95Ms].map((ms) => ms.toFixed(1));
    return `bare SQL in the same layout, four steps one at a time: p50 ${p50} ms, p95 ${p95} ms (${result.tasks} tasks)`;
  }
  const { database } = result;
  const work = `${perStep(result, database.commits)} commits, ${perStep(result, database.statements)} statements per step`;
  if (result.kind === 'latency') {
    const [p50, p95, p99] = [result.p50Ms, result.p95Ms, result.p99Ms].map((ms) => ms.toFixed(1));
    return `${result.template}, one at a time: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms (${result.tasks} tasks; ${work})`;
  }
  const [low, high] = result.spread.map(Math.round);
  return (
    `${result.template}, ${result.submission}: ${Math.round(result.stepsPerSecond)} steps/s (${low}–${high} in ` +
    `${result.rounds} rounds of ${result.tasks} tasks), ${Math.round(result.tasksPerSecond)} workflows/s, ` +
    `intake ${Math.round(result.intakePerSecond)} tasks/s; ${work}`
  );
}

async function run({ json, quick, bare, backend }: BenchOptions): Promise<void> {
  await using fleet = await startBenchFleet(backend);
  const connection = new Client({ connectionString: fleet.databaseUrl });
  await connection.connect();
  try {
    const meter = await createWorkMeter(connection);
    const client = createBenchClient(fleet.orchestrationUrl, meter);
    await client.register(LINEAR_4);
    await client.register(FAN_OUT_40);
    const machine = `${describeMachine()}, ${fleet.servers}`;
    if (!json) console.log(machine);
    const results: Result[] = [];
    const add = (result: Result) => {
      results.push(result);
      if (!json) console.log(describe(result));
    };
    const scale = quick ? 0.2 : 1;
    const [linear, fan] = [
      { template: 'linear_4', stepsPerTask: 4 },
      { template: 'fan_out_40', stepsPerTask: 42 },
    ];
    const rounds = quick ? 1 : 3;
    add(await measureLatency(client, meter, { ...linear, tasks: 300 * scale }));
    if (bare) add(await measureBarePath(fleet.databaseUrl));
    add(await measureThroughput(client, meter, { ...linear, tasks: 5_000 * scale, batch: 100, rounds }));
    add(await measureThroughput(client, meter, { ...linear, tasks: 2_000 * scale, batch: 1, rounds }));
    add(await measureLatency(client, meter, { ...fan, tasks: 50 * scale }));
    add(await measureThroughput(client, meter, { ...fan, tasks: 500 * scale, batch: 50, rounds }));
    const memory = fleet.peakMemoryMb();
    if (json) console.log(JSON.stringify({ machine, backend, results, peakMemoryMb: memory }, null, 2));
    else console.log(`peak memory: orchestration ${memory.orchestration} MB, worker ${memory.worker} MB`);
  } finally {
    await connection.end();
  }
}

const program = new Command('bench')
  .description(
    'Measures latency, throughput and database work of whole workflows, on DATABASE_URL or a throw-away PostgreSQL. ' +
      'With --backend rabbitmq on RABBITMQ_URL, a container or a throw-away node of an installed RabbitMQ.',
  )
  .option('--json', 'print the figures as JSON', false)
  .option('--quick', 'a fifth of the work, one round', false)
  .option('--bare', 'also measure bare SQL in the same layout, to know what this machine allows', false)
  .addOption(new Option('--backend <name>', 'what delivers the messages').choices([...BACKENDS]).default('pgmq'))
  .action((options: BenchOptions) => run(options))
  .enablePositionalOptions()
  .addCommand(messagingCommand())
  .addCommand(flatnessCommand())
  .addCommand(soakCommand());

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

import { readFileSync } from 'node:fs';
import { createStack } from '@tasker/lifecycle';
import { migrate } from '@tasker/store';
import { type Fleet, startFleet } from '@tasker/testing';
import { type BackendName, type BenchBroker, startBenchBroker } from './bench-broker';
import { startBenchPostgres } from './start-bench-postgres';

/** The system under measurement: PostgreSQL, RabbitMQ when it is the backend, one orchestration process, one worker process. */
export interface BenchFleet extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly orchestrationUrl: string;
  /** What PostgreSQL and RabbitMQ it runs on, for the report. */
  readonly servers: string;
  /** Highest resident memory of each process so far. */
  peakMemoryMb(): MemoryMb;
  /** Resident memory of each process now. */
  residentMemoryMb(): MemoryMb;
}

/** Of each process, in MB; null where the system does not tell. */
export type MemoryMb = Readonly<Record<'orchestration' | 'worker', number | null>>;

const MEMORY_LINES = { peak: /VmHWM:\s+(\d+) kB/, resident: /VmRSS:\s+(\d+) kB/ };

function readMemoryMb(what: keyof typeof MEMORY_LINES, pid: number | undefined): number | null {
  try {
    const kilobytes = MEMORY_LINES[what].exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}

interface Servers {
  readonly databaseUrl: string;
  readonly postgresName: string;
  readonly broker: BenchBroker;
}

async function startProcesses({ databaseUrl, broker }: Servers): Promise<Fleet> {
  await migrate(databaseUrl);
  return startFleet({
    databaseUrl,
    mains: {
      orchestration: require.resolve('@tasker/orchestration/main'),
      worker: require.resolve('@tasker/worker/main'),
    },
    orchestrationEnv: broker.env,
    workerEnv: {
      ...broker.env,
      TASKER_HANDLERS: require.resolve('./handlers'),
      WORKER_NAMESPACES: 'bench',
      TASKER__worker__max_concurrent_handlers: process.env.TASKER__worker__max_concurrent_handlers ?? '200',
    },
    showOutput: true,
  });
}

/** Starts the fleet on `DATABASE_URL`, or on a throw-away PostgreSQL with durable settings. */
export async function startBenchFleet(backend: BackendName): Promise<BenchFleet> {
  const stack = createStack();
  try {
    const given = process.env.DATABASE_URL;
    const postgres = given === undefined ? await startBenchPostgres() : null;
    stack.defer(async () => postgres?.stop());
    const databaseUrl = given ?? postgres?.connectionString ?? '';
    const broker = await startBenchBroker(backend);
    stack.defer(() => broker.stop(databaseUrl));
    const postgresName =
      postgres === null ? 'PostgreSQL of DATABASE_URL' : `PostgreSQL ${postgres.version} (${postgres.source})`;
    const servers = { databaseUrl, postgresName, broker };
    const fleet = await startProcesses(servers);
    stack.defer(async () => fleet[Symbol.asyncDispose]());
    return describeFleet(fleet, servers, () => stack.stop());
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function describeFleet(
  fleet: Fleet,
  { databaseUrl, postgresName, broker }: Servers,
  stop: () => Promise<void>,
): BenchFleet {
  const [orchestration] = fleet.orchestrations;
  const [worker] = fleet.workers;
  const readAll = (what: keyof typeof MEMORY_LINES) => ({
    orchestration: readMemoryMb(what, orchestration?.pid),
    worker: readMemoryMb(what, worker?.pid),
  });
  return {
    databaseUrl,
    orchestrationUrl: orchestration?.url ?? '',
    servers: broker.description === null ? postgresName : `${postgresName}, ${broker.description}`,
    peakMemoryMb: () => readAll('peak'),
    residentMemoryMb: () => readAll('resident'),
    [Symbol.asyncDispose]: stop,
  };
}

import { readFileSync } from 'node:fs';
import { startPostgres } from '@tasker/embedded-postgres';
import { migrate } from '@tasker/store';
import { startFleet } from '@tasker/testing';

/** The system under measurement: PostgreSQL, one orchestration process, one worker process. */
export interface BenchFleet extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly orchestrationUrl: string;
  /** What PostgreSQL it runs on, for the report. */
  readonly server: string;
  /** Highest resident memory of each process so far, in MB; null where the system does not tell. */
  peakMemoryMb(): Readonly<Record<'orchestration' | 'worker', number | null>>;
}

function readPeakMemoryMb(pid: number | undefined): number | null {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return peak === undefined ? null : Math.round(Number(peak) / 1024);
  } catch {
    return null;
  }
}

/** Starts the fleet on `DATABASE_URL`, or on a throw-away PostgreSQL with durable settings. */
export async function startBenchFleet(): Promise<BenchFleet> {
  const given = process.env.DATABASE_URL;
  const postgres = given === undefined ? await startPostgres() : null;
  try {
    const databaseUrl = given ?? postgres?.connectionString ?? '';
    await migrate(databaseUrl);
    const fleet = await startFleet({
      databaseUrl,
      mains: {
        orchestration: require.resolve('@tasker/orchestration/main'),
        worker: require.resolve('@tasker/worker/main'),
      },
      workerEnv: {
        TASKER_HANDLERS: require.resolve('./handlers'),
        WORKER_NAMESPACES: 'bench',
        TASKER__worker__max_concurrent_handlers: process.env.TASKER__worker__max_concurrent_handlers ?? '200',
      },
      showOutput: true,
    });
    const [orchestration] = fleet.orchestrations;
    const [worker] = fleet.workers;
    return {
      databaseUrl,
      orchestrationUrl: orchestration?.url ?? '',
      server: postgres === null ? 'PostgreSQL of DATABASE_URL' : `PostgreSQL ${postgres.version} (${postgres.source})`,
      peakMemoryMb: () => ({
        orchestration: readPeakMemoryMb(orchestration?.pid),
        worker: readPeakMemoryMb(worker?.pid),
      }),
      async [Symbol.asyncDispose]() {
        await fleet[Symbol.asyncDispose]();
        await postgres?.stop();
      },
    };
  } catch (error) {
    await postgres?.stop();
    throw error;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { startPostgres } from '@tasker/embedded-postgres';
import { migrate } from '@tasker/store';

/** The system under measurement: PostgreSQL, one orchestration process, one worker process. */
export interface Fleet extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly orchestrationUrl: string;
  /** What PostgreSQL it runs on, for the report. */
  readonly server: string;
  /** Highest resident memory of each process so far, in MB; null where the system does not tell. */
  peakMemoryMb(): Readonly<Record<string, number | null>>;
}

async function takeFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function startProcess(app: 'orchestration' | 'worker', env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [require.resolve(`@tasker/${app}/main`)], {
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  child.once('exit', (code, signal) => {
    if (signal !== 'SIGTERM' && code !== 0) process.stderr.write(`${app} ended with ${code ?? signal}\n`);
  });
  return child;
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = AbortSignal.timeout(15_000);
  while (!deadline.aborted) {
    if (child.exitCode !== null) throw new Error(`the process behind ${url} ended with ${child.exitCode}`);
    const ready = await fetch(`${url}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} was not ready after 15 s`);
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
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
export async function startFleet(): Promise<Fleet> {
  const given = process.env.DATABASE_URL;
  const postgres = given === undefined ? await startPostgres() : null;
  const databaseUrl = given ?? postgres?.connectionString ?? '';
  await migrate(databaseUrl);

  const [port, workerPort] = [await takeFreePort(), await takeFreePort()];
  const orchestrationUrl = `http://127.0.0.1:${port}`;
  const orchestration = startProcess('orchestration', {
    DATABASE_URL: databaseUrl,
    TASKER_WEB_BIND_ADDRESS: `127.0.0.1:${port}`,
  });
  const worker = startProcess('worker', {
    DATABASE_URL: databaseUrl,
    TASKER_WEB_BIND_ADDRESS: `127.0.0.1:${workerPort}`,
    TASKER_HANDLERS: require.resolve('./handlers'),
    WORKER_NAMESPACES: 'bench',
    TASKER_WORKER_CONCURRENCY: process.env.TASKER_WORKER_CONCURRENCY ?? '200',
  });
  const stop = async () => {
    await Promise.all([stopProcess(worker), stopProcess(orchestration)]);
    await postgres?.stop();
  };
  try {
    await waitUntilReady(orchestrationUrl, orchestration);
    await waitUntilReady(`http://127.0.0.1:${workerPort}`, worker);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    databaseUrl,
    orchestrationUrl,
    server: postgres === null ? 'PostgreSQL of DATABASE_URL' : `PostgreSQL ${postgres.version} (${postgres.source})`,
    peakMemoryMb: () => ({
      orchestration: readPeakMemoryMb(orchestration.pid),
      worker: readPeakMemoryMb(worker.pid),
    }),
    [Symbol.asyncDispose]: stop,
  };
}

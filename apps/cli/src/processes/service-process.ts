import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { delay, raceAbort, SERVICE_NODE_OPTIONS } from '@tasker/lifecycle';
import { CliError, EXIT_CODES } from '../errors';
import { renderLogLine } from '../view/render-log-line';

/** A server of ours to run as a process of its own. */
export interface ServiceProcessOptions {
  /** What people call it, such as `worker`. */
  readonly name: string;
  /** The module to run. */
  readonly script: string;
  /** Set on top of this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Answers with status 200 as soon as the process is usable. */
  readonly readyUrl: string;
  /** Each line that it writes. */
  readonly onLine: (line: string) => void;
  /** Gives up waiting until it is usable. */
  readonly signal: AbortSignal;
  /** @default 30_000 milliseconds */
  readonly startTimeoutMs?: number;
}

/** A running process. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended although nobody stopped it; the error holds the end of its log. */
  readonly died: Promise<CliError>;
  /** Asks it to end, and after ten seconds does not ask any more. Resolves when it has ended; safe to call twice. */
  stop(): Promise<void>;
}

const TAIL_LINES = 20;
const STOP_TIMEOUT_MS = 10_000;
const OUTPUT_TIMEOUT_MS = 5_000;
const READY_POLL_MS = 25;
const END_WITH_PARENT = join(__dirname, '..', '..', 'bin', 'end-with-parent.cjs');

interface Output {
  readonly tail: string[];
  /** Resolves when all lines have been read. */
  readonly ended: Promise<unknown>;
}

function readLines(child: ChildProcess, onLine: (line: string) => void): Output {
  const tail: string[] = [];
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const ended = streams.map((input) => {
    const reader = createInterface({ input }).on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine(line);
    });
    return new Promise((done) => reader.once('close', done));
  });
  return { tail, ended: Promise.all(ended) };
}

/** In a process group of its own, so that Ctrl-C reaches only us and all ends in order. */
function launch({ script, env }: ServiceProcessOptions): ChildProcess {
  return spawn(process.execPath, [...SERVICE_NODE_OPTIONS, '--require', END_WITH_PARENT, script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/**
 * Starts a process and waits until it is usable. It also ends when this process does, however that happens.
 * @throws {CliError} with the end of its log, when it ends or does not answer in time.
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { name, readyUrl, signal, startTimeoutMs = 30_000 } = options;
  const child = launch(options);
  const output = readLines(child, options.onLine);
  let isStopping = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, by) => resolve(by === null ? `ended with status ${code}` : `was ended by ${by}`));
  });
  const withTail = (what: string) =>
    new CliError(
      `the ${name} ${what}. The end of its log:\n${output.tail.map((line) => renderLogLine(name, line, false)).join('\n')}`,
      EXIT_CODES.failed,
      'SERVICE_DIED',
    );
  const died = exited.then(async (how) => {
    await output.ended;
    return isStopping ? new Promise<never>(() => {}) : withTail(how);
  });

  async function stop(): Promise<void> {
    isStopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
    // What it wrote last; a process of its own that it left behind may hold the output open.
    await raceAbort(output.ended, AbortSignal.timeout(OUTPUT_TIMEOUT_MS)).catch(() => {});
  }

  try {
    const late = AbortSignal.timeout(startTimeoutMs);
    const waiting = new AbortController();
    const ready = waitUntilReady(readyUrl, AbortSignal.any([signal, late, waiting.signal])).catch((error: unknown) => {
      throw late.aborted && !signal.aborted ? withTail(`was not ready within ${startTimeoutMs} ms`) : error;
    });
    const error = await Promise.race([ready, died]);
    waiting.abort();
    if (error !== undefined) throw error;
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, pid: child.pid ?? 0, died, stop };
}

async function waitUntilReady(url: string, signal: AbortSignal): Promise<undefined> {
  for (;;) {
    const isReady = await fetch(url, { signal }).then(
      (response) => response.body?.cancel().then(() => response.ok) ?? response.ok,
      () => false,
    );
    if (isReady) return undefined;
    await delay(READY_POLL_MS, { signal });
  }
}

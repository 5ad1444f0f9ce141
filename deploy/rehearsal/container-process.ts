import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { until } from '@tasker/testing';

/** What a container would be started with. Paths and ports are those of this machine. */
export interface ContainerOptions {
  readonly name: string;
  readonly command: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** Null: the user of this process. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** Gets what it writes. */
  readonly logFile: string;
  /** Null: it is not asked after its health. */
  readonly health: {
    readonly command: readonly string[];
    readonly timeoutMs: number;
    /** After this it counts as unhealthy. */
    readonly deadlineMs: number;
  } | null;
  /** How long it may take to stop, before it is killed. */
  readonly stopGraceMs: number;
}

/** How a process ended that was told to. */
export interface StopReport {
  /** Null: it was killed. */
  readonly exitCode: number | null;
  readonly stopMs: number;
  /** Whether a process that it has started is still there; it is killed then. */
  readonly hasLeftovers: boolean;
}

const HEALTH_INTERVAL_MS = 400;
const TAIL_LINES = 20;

/** One process that stands in for a container, with a process group of its own. */
export class ContainerProcess {
  readonly name: string;
  readonly #options: ContainerOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #hasEnded = false;

  /** Starts the process. */
  constructor(options: ContainerOptions) {
    this.name = options.name;
    this.#options = options;
    const [program = '', ...args] = options.command;
    const log = openSync(options.logFile, 'a');
    this.#child = spawn(program, args, { ...this.#spawnOptions(), stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code) => {
        this.#hasEnded = true;
        resolve(code);
      });
    });
    // Whoever waits for the end gets the error as well.
    this.#ended.catch(() => {});
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves when the health check passes. @throws {Error} when it ends, or does not become healthy in time */
  async untilHealthy(): Promise<void> {
    const { health } = this.#options;
    if (health === null) return;
    const check = async () => {
      if (this.#hasEnded) throw new Error(`${this.name} ended before it was healthy:\n${this.logTail()}`);
      return this.#checkHealth(health.command, health.timeoutMs);
    };
    await until(`${this.name} is healthy`, check, {
      intervalMs: HEALTH_INTERVAL_MS,
      deadlineMs: health.deadlineMs,
    });
  }

  /** Resolves with the exit code when the process ends by itself. */
  async untilEnded(): Promise<number | null> {
    return this.#ended;
  }

  /** Sends SIGTERM and waits for the end; kills it when its time is over. */
  async stop(): Promise<StopReport> {
    const startedAt = performance.now();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), this.#options.stopGraceMs);
    const exitCode = await this.#ended;
    clearTimeout(timer);
    const stopMs = Math.round(performance.now() - startedAt);
    const hasLeftovers = this.#signalGroup(0);
    if (hasLeftovers) this.kill();
    return { exitCode, stopMs, hasLeftovers };
  }

  /** Kills it with all that it has started, at once. */
  kill(): void {
    this.#signalGroup('SIGKILL');
  }

  /** The last lines that it wrote. */
  logTail(): string {
    return readFileSync(this.#options.logFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  }

  #spawnOptions() {
    const { workdir: cwd, environment: env, user } = this.#options;
    return { cwd, env, ...user };
  }

  #checkHealth([program = '', ...args]: readonly string[], timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      execFile(program, args, { ...this.#spawnOptions(), timeout }, (error) => resolve(error === null));
    });
  }

  /** False when the group has no process any more. */
  #signalGroup(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child;
    if (pid === undefined) return false;
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  }
}

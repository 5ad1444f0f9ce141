import { type ChildProcess, spawn } from 'node:child_process';
import { SERVICE_NODE_OPTIONS } from '@tasker/lifecycle';
import { until } from './until';

/** How a process ended: by itself with a code, or by a signal. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run. */
export interface FleetMemberOptions {
  readonly name: string;
  /** JavaScript file of the process. */
  readonly main: string;
  /** Where it will answer `/health/ready`. */
  readonly url: string;
  /** `host:port` of its gRPC server. */
  readonly grpcTarget: string;
  /** Added to this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether what it writes also goes to this process's standard error. @default false */
  readonly showOutput?: boolean;
}

const OUTPUT_MAX = 200_000;

/** One real process of a fleet, which may be started, stopped and killed again and again. It keeps its address. */
export class FleetMember {
  readonly name: string;
  readonly url: string;
  readonly grpcTarget: string;
  readonly #options: FleetMemberOptions;
  #child: ChildProcess | null = null;
  #ended: Promise<ProcessEnd> = Promise.resolve({ code: 0, signal: null });
  #isRunning = false;
  #output = '';

  constructor(options: FleetMemberOptions) {
    this.#options = options;
    this.name = options.name;
    this.url = options.url;
    this.grpcTarget = options.grpcTarget;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What the process wrote so far, all its runs together: the last 200,000 characters. */
  get output(): string {
    return this.#output;
  }

  /**
   * Starts the process and waits until it is ready.
   * @throws when it ends before that, with what it wrote, or when another process answers at its address
   */
  async start(): Promise<void> {
    if (this.#isRunning) throw new Error(`${this.name} runs already`);
    if ((await this.#askReady()) !== null) throw new Error(`${this.name}: another process answers at ${this.url}`);
    this.#spawn();
    await until(`${this.name} is ready`, async () => {
      if (!this.#isRunning) throw new Error(`${this.name} ended before it was ready:\n${this.#output}`);
      return this.#askReady();
    });
  }

  /** Sends SIGTERM and waits for the end; without effect on a process that has ended. */
  async stop(): Promise<ProcessEnd> {
    return this.#end('SIGTERM');
  }

  /** Sends SIGKILL and waits for the end; without effect on a process that has ended. */
  async kill(): Promise<ProcessEnd> {
    return this.#end('SIGKILL');
  }

  /** Whether the process is ready; null when nobody answers. */
  #askReady(): Promise<boolean | null> {
    return fetch(`${this.url}/health/ready`).then(
      (response) => response.ok,
      () => null,
    );
  }

  #end(signal: NodeJS.Signals): Promise<ProcessEnd> {
    if (this.#isRunning) this.#child?.kill(signal);
    return this.#ended;
  }

  #spawn(): void {
    const child = spawn(process.execPath, [...SERVICE_NODE_OPTIONS, this.#options.main], {
      env: { ...process.env, LOG_LEVEL: 'warn', ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#isRunning = true;
    const collect = (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_MAX);
      if (this.#options.showOutput === true) process.stderr.write(text);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const killWithParent = () => child.kill('SIGKILL');
    process.once('exit', killWithParent);
    this.#ended = new Promise((resolve) => {
      // 'close' comes when the output has been read as well, so `output` is complete then.
      child.once('close', (code, signal) => {
        this.#isRunning = false;
        process.removeListener('exit', killWithParent);
        resolve({ code, signal });
      });
    });
  }
}

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answersAmqp } from './answers';
import { RabbitMqStartError, RabbitMqUnavailableError } from './errors';
import { canInstall, findPrograms, installPrograms, type RabbitMqPrograms } from './find-server';
import { type NodePlan, planNode } from './node-plan';

/** How to start a private broker. */
export interface RabbitMqNodeOptions {
  /** Keys of its `rabbitmq.conf`, for example `{ 'vm_memory_high_watermark.absolute': '1MB' }`. @default none */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A private broker that nobody else uses, and that may be harmed. It ends with `stop`, and when this process dies. */
export interface RabbitMqNode extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly version: string;
  /** Ends it by SIGKILL, and resolves when it is dead; at once when it is already. */
  kill(): Promise<void>;
  /** Starts it again at the same port with the same data, killing it first when it runs; resolves when it answers. */
  restart(): Promise<void>;
  /** Stops it in the middle of whatever it does, without closing a connection; from when it resolves nothing is answered. */
  freeze(): Promise<void>;
  /** Lets it go on after `freeze`. */
  thaw(): Promise<void>;
  /** Runs `rabbitmqctl` with these arguments on it, and gives what that prints. */
  control(...args: readonly string[]): Promise<string>;
  /** Shuts it down and removes its data; safe to call twice. */
  stop(): Promise<void>;
}

/** What is missing, and what would help. */
export const NOT_INSTALLED =
  'RabbitMQ is not installed: install it (apt-get install rabbitmq-server, brew install rabbitmq)';
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const LOG_TAIL_LENGTH = 4_096;

type Verb = 'start' | 'kill' | 'freeze' | 'thaw' | 'stop';

/** Whether this machine has what a private node needs, or can be given it. */
export function canStartRabbitMqNode(): boolean {
  return findPrograms() !== null || canInstall();
}

async function getPrograms(): Promise<RabbitMqPrograms> {
  if (findPrograms() === null && canInstall()) await installPrograms();
  const programs = findPrograms();
  if (programs !== null) return programs;
  throw new RabbitMqUnavailableError(`${NOT_INSTALLED}, or set RABBITMQ_URL`);
}

function readLog({ logFile }: NodePlan): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-LOG_TAIL_LENGTH).trim();
  } catch {
    return '';
  }
}

/** Handles must not keep a process alive that forgot to stop its broker: its end is what stops the broker. */
function supervise(plan: NodePlan): ChildProcess {
  const script = join(__dirname, '..', 'supervisor.cjs');
  const child = fork(script, [JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
    execArgv: [],
  });
  child.unref();
  child.channel?.unref();
  return child;
}

async function untilReady(plan: NodePlan & { port: number }, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && !hasEnded()) {
    if (await answersAmqp(plan.port, 1_000)) return;
    await delay(POLL_MS);
  }
  throw new RabbitMqStartError(`RabbitMQ did not start. The end of its log:\n${readLog(plan)}`);
}

async function runControl(programs: RabbitMqPrograms, plan: NodePlan, args: readonly string[]): Promise<string> {
  const options = { ...plan.identity, cwd: '/', env: plan.env };
  return (await promisify(execFile)(programs.control, args, options)).stdout;
}

/**
 * Starts a private node with a name, ports and directories of its own. Root runs it as `nobody`, and on Debian installs the package
 * first when it is missing. Takes about five seconds.
 *
 * @throws {RabbitMqUnavailableError} when it is not installed and cannot be.
 * @throws {RabbitMqStartError} when it does not start.
 */
export async function startRabbitMqNode({ settings = {} }: RabbitMqNodeOptions = {}): Promise<RabbitMqNode> {
  const programs = await getPrograms();
  const plan = await planNode(programs, settings);
  const supervisor = supervise(plan);
  const exit = once(supervisor, 'exit');
  let hasEnded = false;
  let noteEnd = () => {};
  const unobeyed: (() => void)[] = [];
  supervisor.on('message', ({ kind }: { kind: 'ended' | 'failed' | 'obeyed' }) => {
    if (kind === 'obeyed') unobeyed.shift()?.();
    if (kind !== 'ended') return;
    hasEnded = true;
    noteEnd();
  });
  const tell = (verb: Verb) =>
    new Promise<void>((resolve) => {
      if (!supervisor.connected) return resolve();
      unobeyed.push(resolve);
      supervisor.send(verb);
    });
  const stop = async () => {
    supervisor.ref();
    void tell('stop');
    await exit;
  };
  try {
    await untilReady(plan, () => hasEnded);
  } catch (error) {
    await stop();
    throw error;
  }
  const kill = async () => {
    if (hasEnded) return;
    const ended = new Promise<void>((resolve) => {
      noteEnd = resolve;
    });
    void tell('kill');
    await ended;
  };
  return {
    url: `amqp://guest:guest@127.0.0.1:${plan.port}`,
    port: plan.port,
    version: programs.version,
    kill,
    async restart() {
      await kill();
      hasEnded = false;
      void tell('start');
      await untilReady(plan, () => hasEnded);
    },
    freeze: () => tell('freeze'),
    thaw: () => tell('thaw'),
    control: (...args) => runControl(programs, plan, args),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

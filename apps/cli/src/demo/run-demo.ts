import { join } from 'node:path';
import { readEnvironment } from '@tasker/config';
import { delay } from '@tasker/lifecycle';
import { type Console, processConsole, writeLine } from '../console';
import { CliError, EXIT_CODES, messageOf } from '../errors';
import { findFreePorts } from '../processes/find-free-ports';
import { findTemplates } from '../processes/find-templates';
import { type Stack, startStack } from '../processes/start-stack';
import { listenForStopSignals } from '../processes/stop-signals';
import { formatDuration } from '../view/format-duration';
import { renderLogLine } from '../view/render-log-line';
import { listDemoTasks } from './demo-tasks';
import { type FollowedTask, followDemo } from './follow-demo';
import { findSurprises, reportDemo } from './report-demo';

const EXAMPLES = ['order-fulfilment', 'data-pipeline'];
const TAIL_LINES = 30;
/** As shells report a command that Ctrl-C ended. */
const INTERRUPTED = 130;

/** What the processes wrote last, to be shown when something fails. */
function createLogTail() {
  const lines: string[] = [];
  return {
    add(service: string, line: string) {
      lines.push(renderLogLine(service, line, false));
      if (lines.length > TAIL_LINES) lines.shift();
    },
    lines: () => lines,
  };
}

async function startDemoStack(
  root: string,
  { stdout, env }: Console,
  tail: ReturnType<typeof createLogTail>,
  signal: AbortSignal,
): Promise<Stack> {
  const databaseUrl = readEnvironment(env).find('DATABASE_URL');
  const [port = 0, workerPort = 0] = await findFreePorts(2);
  return startStack({
    database: databaseUrl === undefined ? { dataDirectory: null } : { url: databaseUrl },
    templates: await findTemplates(EXAMPLES.map((example) => join(root, 'examples', example, 'templates'))),
    handlers: EXAMPLES.map((example) => join(root, 'examples', example, 'dist')),
    port,
    workerPort,
    logLevel: 'info',
    onStage: (text) => writeLine(stdout, `  ${text}`),
    onLine: (service, line) => tail.add(service, line),
    signal,
  });
}

async function runWorkflows(stack: Stack, console: Console, signal: AbortSignal): Promise<void> {
  const { stdout } = console;
  const runId = Date.now().toString(36).toUpperCase();
  const ended = new AbortController();
  const died = stack.died.then((error) => {
    ended.abort(error);
    throw error;
  });
  writeLine(stdout, '\nRunning three orders and a data pipeline\n');
  const following = followDemo(stack.client, listDemoTasks(runId), console, AbortSignal.any([signal, ended.signal]));
  const followed: readonly FollowedTask[] = await Promise.race([following, died]).catch(async (error: unknown) => {
    // A process that died explains a request that failed, but is noticed a little later.
    if (error instanceof CliError && error.code === 'UNREACHABLE') await Promise.race([died, delay(1_000)]);
    throw error;
  });
  for (const line of ['', ...reportDemo(followed)]) writeLine(stdout, line);
  const surprises = findSurprises(followed);
  if (surprises.length > 0) throw new CliError(surprises.join('\n'), EXIT_CODES.failed, 'DEMO_FAILED');
}

/**
 * Runs the demonstration: starts everything, runs the example workflows below `root`, shows them, and stops everything.
 * Gives the exit status: 0 when each task ended as it has to. Never rejects.
 */
export async function runDemo(root: string, console: Console = processConsole()): Promise<number> {
  const startedMs = Date.now();
  const { stdout, stderr } = console;
  const tail = createLogTail();
  using stopping = listenForStopSignals();
  let stack: Stack | null = null;
  let exitCode: number = EXIT_CODES.ok;
  try {
    writeLine(stdout, 'Starting');
    stack = await startDemoStack(root, console, tail, stopping.signal);
    await runWorkflows(stack, console, stopping.signal);
  } catch (error) {
    exitCode = stopping.signal.aborted ? INTERRUPTED : EXIT_CODES.failed;
    const lines = stopping.signal.aborted
      ? ['The demonstration was interrupted']
      : describeFailure(error, tail.lines());
    for (const line of ['', ...lines]) writeLine(stderr, line);
  }
  exitCode = await stopStack(stack, console, exitCode);
  writeLine(stdout, `\nEverything is stopped. That took ${formatDuration(Date.now() - startedMs)}.`);
  return exitCode;
}

function describeFailure(error: unknown, tail: readonly string[]): readonly string[] {
  const reason = `The demonstration failed: ${messageOf(error)}`;
  const hasTail = error instanceof CliError && error.code === 'SERVICE_DIED';
  return hasTail || tail.length === 0 ? [reason] : [reason, 'The last lines of the logs:', ...tail];
}

async function stopStack(stack: Stack | null, { stderr }: Console, exitCode: number): Promise<number> {
  try {
    await stack?.stop();
    return exitCode;
  } catch (error) {
    writeLine(stderr, `Not everything could be stopped: ${messageOf(error)}`);
    return EXIT_CODES.failed;
  }
}

import type { Settings } from '@tasker/settings';
import type { MeasuredLoad } from '@tasker/store';
import { type Command, InvalidArgumentError } from 'commander';
import { ASSUMED_STEPS_PER_SECOND, chooseRate } from '../capacity/choose-rate';
import { countConnections } from '../capacity/count-connections';
import { findWarnings, type Plan } from '../capacity/find-warnings';
import { measureDatabase } from '../capacity/measure-database';
import { renderPlan } from '../capacity/render-plan';
import { type Load, type SizedReplicas, sizeReplicas } from '../capacity/size-replicas';
import { addConfigOptions, type ConfigOptions, loadChosenSettings } from '../config-options';
import { type Console, writeJson, writeLine } from '../console';
import { CliError, EXIT_CODES } from '../errors';
import { examples, wantsJson } from '../global-options';

interface CapacityOptions extends ConfigOptions {
  readonly orchestration: number;
  readonly polling: number;
  readonly workers: number;
  readonly maxConnections?: number;
  readonly tasksPerSecond?: number;
  readonly stepsPerTask?: number;
  readonly handlerMs?: number;
  readonly stepsPerSecond?: number;
  readonly databaseUrl?: string;
  readonly window: number;
}

const DEFAULT_STEPS_PER_TASK = 4;
const DEFAULT_HANDLER_MS = 100;

function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number from 0.');
  return value;
}

function parseRate(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** What was asked for, else what was measured; null when neither says that tasks come. */
function chooseLoad(options: CapacityOptions, measured: MeasuredLoad | null): Load | null {
  const tasksPerSecond = options.tasksPerSecond ?? measured?.tasksPerSecond ?? 0;
  if (tasksPerSecond === 0) return null;
  return {
    tasksPerSecond,
    stepsPerTask: options.stepsPerTask ?? measured?.attemptsPerTask ?? DEFAULT_STEPS_PER_TASK,
    handlerMs: options.handlerMs ?? measured?.attemptMs ?? DEFAULT_HANDLER_MS,
  };
}

function sizeFor(load: Load | null, stepsPerOrchestration: number, settings: Settings): SizedReplicas | null {
  if (load === null) return null;
  const handlersPerWorker = settings.worker.max_concurrent_handlers;
  return sizeReplicas(load, { stepsPerOrchestration, handlersPerWorker });
}

function makePlan(options: CapacityOptions, settings: Settings, measured: MeasuredLoad | null): Plan {
  const { deployment_mode: mode } = settings.orchestration;
  const groups = [
    { name: 'orchestration', replicas: options.orchestration, mode },
    { name: 'orchestration (polling)', replicas: options.polling, mode: 'PollingOnly' },
    { name: 'worker', replicas: options.workers, mode: settings.worker.deployment_mode ?? mode },
  ] as const;
  const orchestrationRate = chooseRate(options.stepsPerSecond, measured?.busiestStepsPerSecond ?? null);
  return {
    connections: countConnections(groups, settings),
    maxConnections: options.maxConnections ?? measured?.maxConnections ?? null,
    measured,
    orchestrationRate,
    needed: sizeFor(chooseLoad(options, measured), orchestrationRate.stepsPerSecond, settings),
  };
}

async function runCapacity(options: CapacityOptions, isJson: boolean, console: Console): Promise<void> {
  const { settings } = loadChosenSettings(options, console);
  const { databaseUrl, window } = options;
  const measured = databaseUrl === undefined ? null : await measureDatabase(databaseUrl, settings, window);
  const plan = makePlan(options, settings, measured);
  const warnings = findWarnings(plan);
  const report = { ...plan, fits: warnings.length === 0, warnings };
  if (warnings.length > 0 && isJson) throw doesNotFit(warnings, report);
  if (isJson) return writeJson(console, report);
  for (const line of renderPlan(plan)) writeLine(console.stdout, line);
  if (warnings.length > 0) throw doesNotFit(warnings, report);
}

function doesNotFit(warnings: readonly string[], report: object): CliError {
  return new CliError(`the plan does not fit: ${warnings.join(' ')}`, EXIT_CODES.failed, 'DOES_NOT_FIT', report);
}

function addLoadOptions(command: Command): Command {
  return command
    .option('--tasks-per-second <rate>', 'the load to carry (default: what is measured)', parseRate)
    .option(
      '--steps-per-task <count>',
      `steps per task, retries included (default: measured, else ${DEFAULT_STEPS_PER_TASK})`,
      parseRate,
    )
    .option(
      '--handler-ms <ms>',
      `what a handler takes on average (default: measured, else ${DEFAULT_HANDLER_MS})`,
      parseRate,
    )
    .option(
      '--steps-per-second <rate>',
      `what one orchestration carries (default: measured if above ${ASSUMED_STEPS_PER_SECOND}, else that)`,
      parseRate,
    )
    .option('--database-url <url>', 'a database to measure: its connections, and the load of the last seconds')
    .option('--window <seconds>', 'how many seconds back to measure', parseRate, 300);
}

/** Adds `tasker capacity`. */
export function addCapacityCommand(parent: Command, console: Console): void {
  const command = addConfigOptions(parent.command('capacity'))
    .summary('count connections, and replicas for a load')
    .description(
      'Counts the database connections that a deployment opens at the most, from its configuration and its replicas, and the replicas that carry a load. Exit status 2 when something does not fit.',
    )
    .option('--orchestration <count>', 'processes of orchestration', parseCount, 3)
    .option('--polling <count>', 'further ones in mode PollingOnly, as in mixed mode', parseCount, 0)
    .option('--workers <count>', 'workers', parseCount, 5)
    .option('--max-connections <count>', 'max_connections of the server (default: what is measured)', parseCount);
  addLoadOptions(command)
    .addHelpText(
      'after',
      examples(
        'tasker capacity --env production --orchestration 3 --workers 10 --max-connections 500',
        'tasker capacity --env production --tasks-per-second 200 --handler-ms 250',
        'tasker capacity --env production --database-url "$DATABASE_URL" --json',
      ),
    )
    .action((options: CapacityOptions, invoked: Command) => runCapacity(options, wantsJson(invoked), console));
}

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEnvironment } from '@tasker/config';
import type { Command } from 'commander';
import { type Console, usesColor, writeLine } from '../console';
import { usageError } from '../errors';
import { examples, wantsJson } from '../global-options';
import { requireFreePort } from '../processes/find-free-ports';
import { findTemplates, type TemplateFile } from '../processes/find-templates';
import { type Stack, startStack } from '../processes/start-stack';
import { aborted, listenForStopSignals } from '../processes/stop-signals';
import { renderLogLine } from '../view/render-log-line';

interface DevOptions {
  readonly handlers: readonly string[];
  readonly templates: readonly string[];
  readonly port: number;
  readonly workerPort: number;
  readonly data: string;
  readonly logLevel: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw usageError(`'${text}' is no port: give a number from 1 to 65535`);
}

/** @throws {CliError} for a path that the worker cannot load. */
export function checkHandlers(paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    if (!existsSync(path))
      throw usageError(`there are no handlers at ${path}: build them first, or name them with --handlers`);
    if (/\.[cm]?ts$/.test(path)) {
      throw usageError(`${path} is TypeScript: build it first (npx tsc), then give the .js file or its directory`);
    }
    return resolve(path);
  });
}

function describeNext(
  { client, workerUrl }: Stack,
  templates: readonly TemplateFile[],
  url: string,
): readonly string[] {
  const [first] = templates;
  const workflow = first === undefined ? '<namespace>/<name>' : `${first.template.namespace}/${first.template.name}`;
  const option = url === client.url ? '' : ` --url ${client.url}`;
  return [
    '',
    `Ready. REST API at ${client.url}, worker at ${workerUrl}. Ctrl-C stops everything.`,
    'In another terminal:',
    `  npx tasker task create ${workflow} --context-file input.json --watch${option}`,
    `  npx tasker task list${option}`,
    '',
  ];
}

async function dev(options: DevOptions, command: Command, console: Console): Promise<void> {
  const json = wantsJson(command);
  const { stdout, env } = console;
  const say = (text: string) =>
    writeLine(stdout, json ? JSON.stringify({ service: 'dev', level: 'info', message: text }) : text);
  const handlers = checkHandlers(options.handlers);
  const templates = await findTemplates(options.templates);
  // Else another orchestrator there would be taken for the one that is started here.
  await requireFreePort(options.port, '--port');
  await requireFreePort(options.workerPort, '--worker-port');
  const databaseUrl = readEnvironment(env).find('DATABASE_URL');
  using stopping = listenForStopSignals();
  const { signal } = stopping;
  const starting = startStack({
    ...options,
    handlers,
    templates,
    database:
      databaseUrl === undefined ? { dataDirectory: join(resolve(options.data), 'postgres') } : { url: databaseUrl },
    onStage: say,
    onLine: (service, line) => writeLine(stdout, json ? line : renderLogLine(service, line, usesColor(console))),
    signal,
  });
  const stack = await starting.catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (stack === null) return;
  if (!json) for (const line of describeNext(stack, templates, 'http://127.0.0.1:8080')) say(line);
  const ended = await Promise.race([stack.died, aborted(signal)]);
  say(ended === undefined ? 'stopping' : 'a process has ended by itself: stopping the others');
  await stack.stop();
  if (ended !== undefined) throw ended;
  say('stopped');
}

/** Adds `tasker dev`. */
export function addDevCommand(parent: Command, console: Console): void {
  parent
    .command('dev')
    .summary('run everything here: database, orchestrator and worker')
    .description(
      'Runs everything that workflows need on this machine: a PostgreSQL (embedded, its data kept; or DATABASE_URL), the orchestrator and a worker, with all templates registered. Ends with Ctrl-C, or when one of them dies.',
    )
    .option('--handlers <path...>', 'built modules with handlers (.js, .cjs, .mjs), or their directories', ['dist'])
    .option('--templates <path...>', 'template files, or their directories', ['templates'])
    .option('--port <port>', "the orchestrator's port", parsePort, 8080)
    .option('--worker-port <port>', "the worker's port", parsePort, 8081)
    .option('--data <directory>', 'where the embedded database keeps its data', '.tasker')
    .option('--log-level <level>', 'error, warn, info or debug', 'info')
    .addHelpText(
      'after',
      examples(
        'tasker dev --handlers dist --templates templates',
        'DATABASE_URL=postgresql://localhost/tasker tasker dev --port 8090 --worker-port 8091',
      ),
    )
    .action((options: DevOptions, command: Command) => dev(options, command, console));
}

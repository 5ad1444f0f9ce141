import type { Command } from 'commander';
import { type Client, createClient } from './client';
import type { Console } from './console';

/** Where the orchestrator is when nobody says otherwise. */
export const DEFAULT_URL = 'http://localhost:8080';

interface GlobalOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** Adds what every command understands. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option('--url <url>', `the orchestrator's address (default: TASKER_ORCHESTRATION_URL or ${DEFAULT_URL})`)
    .option('--json', 'print JSON for machines on standard output, and nothing else');
}

/** Whether the user wants JSON. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<GlobalOptions>().json === true;
}

/** Gives a client for the orchestrator that the user named. */
export function clientOf(command: Command, { env }: Console): Client {
  return createClient(command.optsWithGlobals<GlobalOptions>().url ?? env.TASKER_ORCHESTRATION_URL ?? DEFAULT_URL);
}

/** Help that ends with examples. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

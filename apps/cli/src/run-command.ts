import { CommanderError } from 'commander';
import { type Console, writeJson, writeLine } from './console';
import { CliError, EXIT_CODES, type ExitCode, messageOf } from './errors';
import { createProgram } from './program';

/** Runs the command with its arguments (without node and the script) and gives the exit status. Never rejects. */
export async function runCommand(args: readonly string[], console: Console): Promise<ExitCode> {
  try {
    await createProgram(console).parseAsync(args, { from: 'user' });
    return EXIT_CODES.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.invalid;
    return report(error, args.includes('--json'), console);
  }
}

function report(error: unknown, json: boolean, console: Console): ExitCode {
  const message = messageOf(error);
  const { code, details, exitCode } =
    error instanceof CliError ? error : { code: 'FAILED', details: undefined, exitCode: EXIT_CODES.failed };
  writeLine(console.stderr, `tasker: ${message}`);
  if (json) writeJson(console, { error: { code, message, ...(details === undefined ? {} : { details }) } });
  return exitCode;
}

import { processConsole } from './console';
import { messageOf } from './errors';
import { runCommand } from './run-command';

/** Runs the `tasker` command with this process's arguments and ends the process with its exit status. */
export function main(): void {
  // A reader that has seen enough (such as head) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));
  runCommand(process.argv.slice(2), processConsole()).then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      process.stderr.write(`tasker: ${messageOf(error)}\n`);
      process.exitCode = 2;
    },
  );
}

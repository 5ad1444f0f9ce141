import { spawnSync } from 'node:child_process';
import { findTool } from './tools.cjs';

/** Runs a tool and gives what it printed. @throws {Error} with its output when it does not exit with 0 */
export type RunTool = (args: readonly string[], options?: { input?: string; cwd?: string }) => string;

/**
 * Defines tests that need a program. Without it they are skipped, loudly; where CI could have it, that is a failure.
 */
export function withTool(name: string, define: (run: RunTool) => void): void {
  const { path, hint, obtainable } = findTool(name);
  if (path === null) {
    const missing = `${name} is missing, so its checks did not run: ${hint}`;
    process.stderr.write(`\n*** ${missing} ***\n\n`);
    if (process.env.CI && obtainable) {
      test(`${name} is there in CI`, () => {
        throw new Error(missing);
      });
    } else {
      test.skip(missing, () => {});
    }
    return;
  }
  define((args, { input, cwd } = {}) => {
    const { status, stdout, stderr, error } = spawnSync(path, args, {
      encoding: 'utf8',
      input,
      cwd,
      maxBuffer: 2 ** 26,
    });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')}:\n${error?.message ?? ''}${stdout}${stderr}`);
    return stdout;
  });
}

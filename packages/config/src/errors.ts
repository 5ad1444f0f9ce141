import { type ConfigProblem, describeProblem } from './config-problem';

/** A configuration that cannot be used; `problems` and the message hold all that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  readonly retryable = false;

  constructor(
    readonly problems: readonly ConfigProblem[],
    options?: ErrorOptions,
  ) {
    super(describeAll(problems.map(describeProblem)), options);
  }
}

function describeAll(lines: readonly string[]): string {
  if (lines.length === 1) return String(lines[0]);
  return `the configuration has ${lines.length} problems:\n${lines.map((line) => `  - ${line}`).join('\n')}`;
}

/**
 * Gives what `read` gives; when it throws a {@link ConfigError}, adds its problems to `problems` and gives undefined. Problems
 * that name no key get `key`, the one that was read for.
 */
export function collectProblems<Value>(problems: ConfigProblem[], read: () => Value, key = ''): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems.map((problem) => ({ ...problem, key: problem.key || key })));
    return undefined;
  }
}

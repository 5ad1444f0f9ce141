import { ConfigError, type ConfigProblem } from '@tasker/config';

/**
 * Gives values by dotted key from texts such as `worker.lease_ms=5000`; of two for one key the later counts.
 * @throws {ConfigError} for a text without `=`; it does not show it
 */
export function parseOverrides(assignments: readonly string[]): Readonly<Record<string, string>> {
  const problems: ConfigProblem[] = [];
  const pairs = assignments.flatMap((assignment, index): [string, string][] => {
    const cut = assignment.indexOf('=');
    if (cut > 0) return [[assignment.slice(0, cut).trim(), assignment.slice(cut + 1)]];
    problems.push({ source: 'command line', key: '', message: `value ${index + 1} is no key=value` });
    return [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(pairs);
}

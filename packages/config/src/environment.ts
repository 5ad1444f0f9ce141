import { readFileSync } from 'node:fs';
import { ConfigError } from './errors';

/** Reads settings by name. */
export interface Environment {
  /** The value, or undefined when the variable is not set or empty. */
  find(name: string): string | undefined;
  /** @throws {ConfigError} when the variable is not set. */
  get(name: string): string;
  /** A whole number between `min` and `max`, or `fallback`. @throws {ConfigError} for anything else. */
  integer(name: string, bounds: { readonly min: number; readonly max: number; readonly fallback: number }): number;
  /** The parts between commas, trimmed; empty when not set. */
  list(name: string): readonly string[];
}

function readSecretFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (cause) {
    throw new ConfigError(`${name}_FILE names ${path}, which cannot be read`, { cause });
  }
}

/**
 * Gives the settings of a process's environment. Each variable may also be given as `<NAME>_FILE`, the path of a file that
 * holds the value (for secrets); both at once and different is an error.
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  function find(name: string): string | undefined {
    const direct = variables[name] || undefined;
    const path = variables[`${name}_FILE`] || undefined;
    if (path === undefined) return direct;
    const fromFile = readSecretFile(name, path);
    if (direct !== undefined && direct !== fromFile) {
      throw new ConfigError(`${name} and ${name}_FILE are both set and differ: set one of them`);
    }
    return fromFile;
  }

  return {
    find,

    get(name) {
      const value = find(name);
      if (value === undefined) throw new ConfigError(`${name} is not set: give it, or ${name}_FILE with a path`);
      return value;
    },

    integer(name, { min, max, fallback }) {
      const text = find(name);
      if (text === undefined) return fallback;
      const value = Number(text);
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      throw new ConfigError(`${name} is '${text}': it must be a whole number from ${min} to ${max}`);
    },

    list: (name) =>
      (find(name) ?? '')
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
  };
}

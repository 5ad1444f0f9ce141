import { readFileSync } from 'node:fs';
import { ConfigError } from './errors';

/** Variables by name, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The value of a variable, and where it was given. */
export interface FoundVariable {
  readonly value: string;
  /** Such as `environment variable DATABASE_URL`, or `DATABASE_URL_FILE` when it comes from a file. */
  readonly source: string;
}

/** Reads variables by name. */
export interface Environment {
  /** The value, or undefined when the variable is not set or empty. @throws {ConfigError} see {@link readEnvironment} */
  find(name: string): string | undefined;
  /** {@link Environment.find} with its source, or null. @throws {ConfigError} see {@link readEnvironment} */
  lookUp(name: string): FoundVariable | null;
  /** The names that begin with `prefix` and are set, those of secret files without their `_FILE`; sorted. */
  listNames(prefix: string): readonly string[];
}

const FILE_SUFFIX = '_FILE';

function readSecretFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const message = `names ${path}, which cannot be read`;
    throw new ConfigError([{ source: `${name}${FILE_SUFFIX}`, key: '', message }], { cause });
  }
}

/**
 * Gives the variables of a process. Each may also be given as `<NAME>_FILE`, the path of a file that holds the value (for
 * secrets; a line break at its end does not count). Reading one throws when both are set and differ, or when the file
 * cannot be read.
 */
export function readEnvironment(variables: Variables): Environment {
  function lookUp(name: string): FoundVariable | null {
    const direct = variables[name] || undefined;
    const path = variables[`${name}${FILE_SUFFIX}`] || undefined;
    if (path === undefined) {
      return direct === undefined ? null : { value: direct, source: `environment variable ${name}` };
    }
    const fromFile = readSecretFile(name, path);
    if (direct !== undefined && direct !== fromFile) {
      const message = 'both are set and differ: set one of them';
      throw new ConfigError([{ source: `${name} and ${name}${FILE_SUFFIX}`, key: '', message }]);
    }
    return fromFile === '' ? null : { value: fromFile, source: `${name}${FILE_SUFFIX}` };
  }

  return {
    lookUp,
    find: (name) => lookUp(name)?.value,
    listNames(prefix) {
      const names = Object.keys(variables).filter((name) => name.startsWith(prefix) && variables[name]);
      return [...new Set(names.map((name) => name.replace(/_FILE$/, '')))].sort();
    },
  };
}

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, findNearestWord } from '@tasker/config';

/** Where the files are when nobody says otherwise, relative to the working directory. */
export const DEFAULT_DIRECTORY = join('config', 'tasker');

/** The files that come with the sources. */
const SHIPPED_DIRECTORY = join(__dirname, '..', '..', '..', DEFAULT_DIRECTORY);

/** A directory of configuration files, and who named it. */
export interface NamedDirectory {
  readonly directory: string;
  readonly source: string;
}

/**
 * Gives the directory to load: the one that was named, else `config/tasker` below the working directory, else the one that
 * comes with the sources; null when there is none, and the defaults of the schema must do.
 * @throws {ConfigError} when the named one holds no configuration
 */
export function findConfigDirectory(named: NamedDirectory | null): string | null {
  if (named === null) return [DEFAULT_DIRECTORY, SHIPPED_DIRECTORY].find(holdsConfig) ?? null;
  if (holdsConfig(named.directory)) return named.directory;
  const message = `names ${named.directory}, which has neither a base nor an environments directory`;
  throw new ConfigError([{ source: named.source, key: '', message }]);
}

function holdsConfig(directory: string): boolean {
  return existsSync(join(directory, 'base')) || existsSync(join(directory, 'environments'));
}

/**
 * Gives the directories to load for an environment, in order.
 * @throws {ConfigError} when there are files for other environments and none for this one
 */
export function listLayers(directory: string | null, environment: string, source: string): readonly string[] {
  if (directory === null) return [];
  const base = join(directory, 'base');
  const environments = join(directory, 'environments');
  if (!existsSync(environments)) return [base];
  const known = readdirSync(environments, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  if (known.includes(environment)) return [base, join(environments, environment)];
  const nearest = findNearestWord(environment, known);
  const message = `names the environment ${environment}; ${environments} has ${known.join(', ')}`;
  throw new ConfigError([{ source, key: '', message, ...(nearest === null ? {} : { nearest }) }]);
}

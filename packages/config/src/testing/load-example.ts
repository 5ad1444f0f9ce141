import { atMost } from '../config-check';
import { readEnvironment } from '../environment';
import { ConfigError } from '../errors';
import { choice, flag, integer, list, number, section, text } from '../key-schema';
import { loadConfig } from '../load-config';
import { writeConfigFiles } from './config-files';

const MODES = ['Fast', 'Slow'] as const;

/** A schema with every kind of key. */
export const EXAMPLE_SCHEMA = section('An example.', {
  database: section('Where data is.', {
    url: text('Address.', { default: '', pattern: '^(pg:.*)?$', 'x-form': 'a pg: address', 'x-secret': true }),
    pool: section('Connections.', {
      least: integer('Connections at the least.', { default: 1, minimum: 0, maximum: 10 }),
      most: integer('Connections at the most.', { default: 5, minimum: 1, maximum: 10 }),
    }),
  }),
  server: section('Who serves.', {
    mode: choice('How it runs.', { default: 'Fast', enum: MODES }),
    address: text('Where it listens.', { default: 'localhost:1' }),
    factor: number('Growth.', { default: 2, minimum: 1, maximum: 10 }),
    enabled: flag('Whether it runs.', true),
    names: list('Who may come.', { default: ['all'], pattern: '^[a-z]+$', 'x-form': 'lower-case words' }),
  }),
  client: section('Who asks.', {
    mode: choice('How it asks.', { enum: MODES, 'x-default-from': 'server.mode' }),
  }),
});

/** Where an example gets its values. */
export interface ExampleSources {
  /** Content of `base/a.toml`. */
  readonly base?: string;
  /** Content of `environment/a.toml`. */
  readonly environment?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Loads {@link EXAMPLE_SCHEMA}; the directory of the files is left out of all sources. */
export function loadExample({ base = '', environment = '', variables = {}, overrides = {} }: ExampleSources) {
  using files = writeConfigFiles({ 'base/a.toml': base, 'base/b.txt': 'no [toml', 'environment/a.toml': environment });
  const { directory } = files;
  const withoutDirectory = (source: string) => source.replaceAll(`${directory}/`, '');
  try {
    const loaded = loadConfig({
      schema: EXAMPLE_SCHEMA,
      directories: ['base', 'environment', 'nowhere'].map((name) => `${directory}/${name}`),
      environment: readEnvironment(variables),
      bindings: { DB_URL: ['database.url'], MODE: ['server.mode', 'client.mode'], OLD_MODE: ['server.mode'] },
      prefix: 'EXAMPLE',
      overrides,
      checks: [atMost('database.pool.least', 'database.pool.most')],
    });
    return { ...loaded, sourceOf: (key: string) => withoutDirectory(loaded.sourceOf(key) ?? '') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems.map((one) => ({ ...one, source: withoutDirectory(one.source) })));
  }
}

/** The problems of an example that cannot be loaded. */
export function problemsOf(sources: ExampleSources): ConfigError {
  try {
    loadExample(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the example was loaded');
}

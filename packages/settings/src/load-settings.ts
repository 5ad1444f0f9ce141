import { type EffectiveValue, type LoadedConfig, loadConfig, readEnvironment, type Variables } from '@tasker/config';
import { settingsChecks } from './checks';
import { findConfigDirectory, listLayers } from './config-directory';
import { SETTINGS_SCHEMA, type Settings } from './schema/settings-schema';
import {
  DIRECTORY_VARIABLE,
  ENVIRONMENT_VARIABLE,
  type ProcessKind,
  VARIABLE_PREFIX,
  variableBindings,
} from './variables';

/** Where to take the settings from. */
export interface SettingsRequest {
  /** Usually `process.env`. */
  readonly variables: Variables;
  /**
   * For which process: it decides which server `TASKER_WEB_BIND_ADDRESS` means, and what must be set.
   * @default null — both servers, and nothing must be set
   */
  readonly kind?: ProcessKind;
  /** @default the variable `TASKER_CONFIG_DIR`, else `config/tasker`, else the files that come with the sources, else none */
  readonly directory?: string | undefined;
  /** @default the variable `TASKER_ENV`, else `development` */
  readonly environment?: string | undefined;
  /** Values by dotted key, as texts; they win over everything else. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Valid settings. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Name of the environment, such as `production`. */
  readonly environment: string;
  /** Where the files are; null when there are none. */
  readonly directory: string | null;
  /** Where a key's value comes from: `default`, a file, a variable, or `command line`; null for an unknown key. */
  sourceOf(key: string): string | null;
  /** Every key with its value and source, in the schema's order. */
  listValues(): readonly EffectiveValue[];
}

const DEFAULT_ENVIRONMENT = { value: 'development', source: 'default' };
const COMMAND_LINE = 'command line';

/**
 * Loads the settings of a process: the schema's defaults, `base/*.toml`, `environments/<environment>/*.toml`, variables,
 * overrides; each wins over what was before it.
 * @throws {ConfigError} with everything that is wrong
 */
export function loadSettings(request: SettingsRequest): LoadedSettings {
  const { kind = null, overrides = {} } = request;
  const environment = readEnvironment(request.variables);
  const name = given(request.environment) ?? environment.lookUp(ENVIRONMENT_VARIABLE) ?? DEFAULT_ENVIRONMENT;
  const named = given(request.directory) ?? environment.lookUp(DIRECTORY_VARIABLE);
  const directory = findConfigDirectory(named === null ? null : { directory: named.value, source: named.source });
  const loaded: LoadedConfig<Settings> = loadConfig({
    schema: SETTINGS_SCHEMA,
    directories: listLayers(directory, name.value, name.source),
    environment,
    bindings: variableBindings(kind),
    prefix: VARIABLE_PREFIX,
    overrides,
    checks: settingsChecks(kind),
  });
  const { values: settings, sourceOf, listValues } = loaded;
  return { settings, environment: name.value, directory, sourceOf, listValues };
}

function given(value: string | undefined): { readonly value: string; readonly source: string } | null {
  return value === undefined ? null : { value, source: COMMAND_LINE };
}

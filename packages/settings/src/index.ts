export { type LoadedSettings, loadSettings, type SettingsRequest } from './load-settings';
export { parseOverrides } from './parse-overrides';
export { readArguments } from './read-arguments';
export { type DeploymentMode, SETTINGS_SCHEMA, type Settings } from './schema/settings-schema';
export { DIRECTORY_VARIABLE, ENVIRONMENT_VARIABLE, type ProcessKind, variableBindings } from './variables';

export { atMost, below, type ConfigCheck } from './config-check';
export type { ConfigProblem } from './config-problem';
export { type Environment, type FoundVariable, readEnvironment, type Variables } from './environment';
export { ConfigError } from './errors';
export { findNearestKey, findNearestWord } from './find-nearest-key';
export {
  type BooleanKey,
  type ChoiceKey,
  choice,
  describeAllowed,
  flag,
  type IntegerKey,
  integer,
  type KeySchema,
  type ListKey,
  list,
  type NumberKey,
  number,
  type SectionSchema,
  section,
  type TextKey,
  text,
  type ValuesOf,
} from './key-schema';
export { isSection, listKeys, type SchemaKey } from './list-keys';
export { type ConfigRequest, type EffectiveValue, type LoadedConfig, loadConfig } from './load-config';
export type { VariableBindings } from './read-variables';

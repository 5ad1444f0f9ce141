export { type Environment, readEnvironment } from './environment';
export { ConfigError } from './errors';

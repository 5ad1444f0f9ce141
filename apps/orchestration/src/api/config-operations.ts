import type { ConfigResponse } from '@tasker/protocol';

/** What may be shown of a configuration: the answer without its timestamp. */
export type SafeConfig = Omit<ConfigResponse, 'metadata'> & {
  readonly metadata: Omit<ConfigResponse['metadata'], 'timestamp'>;
};

/** What can be asked about the configuration, whatever the transport. */
export interface ConfigOperations {
  get(): ConfigResponse;
}

/** Gives the operations on the configuration. Only what is in `config` is ever shown. */
export function createConfigOperations(config: SafeConfig): ConfigOperations {
  return {
    get: () => ({ ...config, metadata: { ...config.metadata, timestamp: new Date().toISOString() } }),
  };
}

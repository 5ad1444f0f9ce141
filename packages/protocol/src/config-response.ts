/** The safe part of a process's configuration: the answer of `GET /config`. Holds no secret and no address. */
export interface ConfigResponse {
  readonly metadata: {
    /** When the answer was made. */
    readonly timestamp: string;
    readonly environment: string;
    readonly version: string;
  };
  readonly auth: { readonly enabled: boolean };
  readonly circuit_breakers: {
    readonly enabled: boolean;
    readonly failure_threshold: number;
    readonly timeout_seconds: number;
    readonly success_threshold: number;
  };
  readonly database_pools: {
    readonly web_api_pool_size: number;
    readonly web_api_max_connections: number;
  };
  readonly deployment_mode: string;
  readonly messaging: { readonly backend: string; readonly queues: readonly string[] };
}

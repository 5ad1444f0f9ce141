import { readVersion } from '@tasker/service-host';
import { workerQueueName } from '../worker-runtime';

/** What may be shown of a worker's configuration: the answer of its `GET /config`. Holds no secret and no address. */
export interface WorkerConfig {
  readonly metadata: { readonly timestamp: string; readonly environment: string; readonly version: string };
  readonly worker_id: string;
  readonly worker_type: string;
  readonly auth: { readonly enabled: false };
  readonly messaging: { readonly backend: string; readonly queues: readonly string[] };
}

/** What can be asked about the configuration, whatever the transport. */
export interface WorkerConfigOperations {
  get(): WorkerConfig;
}

/** Gives the operations on a worker's configuration. */
export function createWorkerConfigOperations(worker: {
  readonly workerId: string;
  readonly environment: string;
  readonly namespaces: readonly string[];
  readonly backend: string;
}): WorkerConfigOperations {
  const { workerId, environment, namespaces, backend } = worker;
  return {
    get: () => ({
      metadata: { timestamp: new Date().toISOString(), environment, version: readVersion() },
      worker_id: workerId,
      worker_type: 'general',
      auth: { enabled: false },
      messaging: { backend, queues: namespaces.map(workerQueueName) },
    }),
  };
}

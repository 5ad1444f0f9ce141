import { WITHOUT_AUTH, WorkerConfigServiceService } from '@tasker/protocol/grpc';
import { defineGrpcService, type GrpcService } from '@tasker/service-host';
import type { WorkerConfigOperations } from '../api/config-operations';

/** Gives `tasker.v1.WorkerConfigService`. */
export function createConfigService(config: WorkerConfigOperations): GrpcService {
  return defineGrpcService(WorkerConfigServiceService, {
    async getConfig() {
      const { metadata, auth, messaging, ...rest } = config.get();
      return {
        ...rest,
        metadata: { ...metadata, timestamp: new Date(metadata.timestamp) },
        auth: { ...WITHOUT_AUTH, ...auth },
        messaging: { backend: messaging.backend, queues: [...messaging.queues] },
      };
    },
  });
}

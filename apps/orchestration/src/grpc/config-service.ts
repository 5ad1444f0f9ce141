import { ConfigServiceService, WITHOUT_AUTH } from '@tasker/protocol/grpc';
import { defineGrpcService, type GrpcService } from '@tasker/service-host';
import type { ConfigOperations } from '../api/config-operations';
import { toInstant } from './wire-values';

/** Gives `tasker.v1.ConfigService`. */
export function createConfigService(config: ConfigOperations): GrpcService {
  return defineGrpcService(ConfigServiceService, {
    async getConfig() {
      const { metadata, auth, circuit_breakers, database_pools, deployment_mode, messaging } = config.get();
      return {
        metadata: { ...metadata, timestamp: toInstant(metadata.timestamp) },
        auth: { ...WITHOUT_AUTH, ...auth },
        circuit_breakers,
        database_pools,
        deployment_mode,
        messaging: { backend: messaging.backend, queues: [...messaging.queues] },
      };
    },
  });
}

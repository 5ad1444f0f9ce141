import type { CheckedHealthSource, GrpcService } from '@tasker/service-host';
import { createTemplateStore, type Database } from '@tasker/store';
import type { HandlerRegistry } from '@tasker/worker-sdk';
import type { Router } from 'express';
import { createWorkerConfigOperations } from './api/config-operations';
import { createWorkerTemplateOperations } from './api/template-operations';
import { createConfigService } from './grpc/config-service';
import { createHealthService } from './grpc/health-service';
import { createTemplateService } from './grpc/template-service';
import { createHandlerRoutes } from './handler-routes';
import { createConfigRoutes } from './http/config-routes';
import { createTemplateRoutes } from './http/template-routes';

/** What a worker's API works with. */
export interface WorkerApiDeps {
  readonly database: Database;
  readonly registry: HandlerRegistry;
  readonly health: CheckedHealthSource;
  readonly workerId: string;
  readonly environment: string;
  readonly namespaces: readonly string[];
  /** What delivers messages. */
  readonly backend: string;
}

/** One implementation behind two transports. */
export interface WorkerApi {
  /** For the HTTP server. */
  readonly routes: readonly Router[];
  /** For the gRPC server. */
  readonly services: readonly GrpcService[];
}

/** Gives a worker's API: the operations, and over them the routes of REST and the services of gRPC. */
export function createWorkerApi(deps: WorkerApiDeps): WorkerApi {
  const { database, registry, namespaces } = deps;
  const config = createWorkerConfigOperations(deps);
  const templates = createWorkerTemplateOperations({
    templates: createTemplateStore(database),
    namespaces,
    handlerNames: () => registry.names(),
  });
  return {
    routes: [createHandlerRoutes(registry), createTemplateRoutes(templates), createConfigRoutes(config)],
    services: [createHealthService(deps), createConfigService(config), createTemplateService(templates)],
  };
}

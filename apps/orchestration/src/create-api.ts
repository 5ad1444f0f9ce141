import type { CheckedHealthSource, GrpcService } from '@tasker/service-host';
import {
  createTaskChangeLog,
  createTaskReader,
  type Database,
  type TaskChanges,
  type TemplateStore,
} from '@tasker/store';
import type { Router } from 'express';
import { createConfigOperations, type SafeConfig } from './api/config-operations';
import { createStepOperations } from './api/step-operations';
import { createTaskOperations, type TaskOperationsDeps } from './api/task-operations';
import { createTemplateOperations } from './api/template-operations';
import { createConfigService } from './grpc/config-service';
import { createHealthService } from './grpc/health-service';
import { createStepService } from './grpc/step-service';
import { createTaskService } from './grpc/task-service';
import { createTemplateService } from './grpc/template-service';
import { createConfigRoutes } from './http/config-routes';
import { createStepRoutes } from './http/step-routes';
import { createTaskEventRoutes } from './http/task-event-routes';
import { createTaskRoutes } from './http/task-routes';
import { createTemplateRoutes } from './http/template-routes';

/** What the API of an orchestrator works with. */
export interface ApiDeps extends Omit<TaskOperationsDeps, 'reader' | 'templates'> {
  readonly database: Database;
  readonly templates: TemplateStore;
  /** Told of each registration. */
  readonly onRegistered: () => void;
  /** Whose overrides a template is registered with. */
  readonly environment: string;
  readonly config: SafeConfig;
  readonly health: CheckedHealthSource;
  /** By which tasks are followed. */
  readonly changes: TaskChanges;
}

/** One implementation behind two transports. */
export interface Api {
  /** For the HTTP server. */
  readonly routes: readonly Router[];
  /** For the gRPC server. */
  readonly services: readonly GrpcService[];
}

/** Gives the API: the operations, and over them the routes of REST and the services of gRPC. */
export function createApi(deps: ApiDeps): Api {
  const { database, changes, operator, onSettled } = deps;
  const reader = createTaskReader(database);
  const tasks = createTaskOperations({ ...deps, reader });
  const steps = createStepOperations({ reader, operator, onSettled });
  const templates = createTemplateOperations(deps);
  const config = createConfigOperations(deps.config);
  const follow = { changes, log: createTaskChangeLog(database) };
  return {
    routes: [
      createTaskRoutes(tasks),
      createStepRoutes(steps),
      createTemplateRoutes(templates),
      createConfigRoutes(config),
      createTaskEventRoutes({ ...follow, tasks }),
    ],
    services: [
      createTaskService(tasks, follow),
      createStepService(steps),
      createTemplateService(templates),
      createConfigService(config),
      createHealthService(deps.health),
    ],
  };
}

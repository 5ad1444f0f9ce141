import { TaskServiceService } from '@tasker/protocol/grpc';
import { defineGrpcService, type GrpcMethods, type GrpcService } from '@tasker/service-host';
import type { FollowDeps } from '../api/follow-task';
import type { TaskOperations } from '../api/task-operations';
import { toTaskContext } from '../api/task-summary-view';
import { requireFit } from './require-fit';
import { streamTaskStatus } from './stream-task-status';
import { toListQuery, toTaskRequestBody } from './task-requests';
import { toWireContext, toWireStep, toWireSummary, toWireTask } from './wire-task';
import { givenText } from './wire-values';

const MAX_REASON = 1_000;

function createMethods(tasks: TaskOperations): Omit<GrpcMethods<TaskServiceService>, 'streamTaskStatus'> {
  return {
    async createTask(request, call) {
      const body = requireFit(toTaskRequestBody(request));
      const origin = { traceparent: call.traceparent, correlationHeader: call.get('x-correlation-id') };
      return { task: toWireTask(await tasks.create(body, origin)) };
    },

    async getTask({ task_uuid, include_steps, include_context }) {
      const task = await tasks.get(task_uuid);
      return {
        task: toWireTask(task),
        steps: include_steps ? task.steps.map(toWireStep) : [],
        context: include_context ? toWireContext(toTaskContext(task)) : undefined,
      };
    },

    async listTasks(request) {
      const { query, offset } = toListQuery(request);
      const { tasks: found, total, hasMore } = await tasks.slice(requireFit(query), offset);
      return { tasks: found.map(toWireTask), pagination: { total, count: found.length, offset, has_more: hasMore } };
    },

    async cancelTask({ task_uuid, reason }) {
      const signature = { actor: 'api', reason: requireFit(givenText(reason) ?? null)?.slice(0, MAX_REASON) ?? null };
      return { task: toWireTask(await tasks.cancel(task_uuid, signature)), success: true };
    },

    getTaskContext: async ({ task_uuid }) => ({ context: toWireContext(toTaskContext(await tasks.get(task_uuid))) }),

    getTaskSummary: async ({ task_uuid }) => toWireSummary(await tasks.summary(task_uuid)),
  };
}

/** Gives `tasker.v1.TaskService`. */
export function createTaskService(tasks: TaskOperations, follow: FollowDeps): GrpcService {
  const methods = createMethods(tasks);
  return defineGrpcService(TaskServiceService, {
    ...methods,
    async *streamTaskStatus({ task_uuid, include_steps }, { signal }) {
      yield* streamTaskStatus(follow, await tasks.find(task_uuid), { includeSteps: include_steps, signal });
    },
  });
}

import { type Clock, systemClock } from '@tasker/lifecycle';
import type { RequestLocals } from '@tasker/service-host';
import { isTerminalTask } from '@tasker/state-machine';
import type { ChangeCursor, TaskRow } from '@tasker/store';
import { type Request, type Response, Router } from 'express';
import { toTaskEvent } from '../api/change-view';
import { type FollowDeps, followTask } from '../api/follow-task';
import { badRequest } from '../api/request-errors';
import type { TaskOperations } from '../api/task-operations';
import { type ServerSentEvent, sendEvents } from './event-stream';

/** What the event route works with. */
export interface TaskEventRoutesDeps extends FollowDeps {
  readonly tasks: Pick<TaskOperations, 'find'>;
  /** For heartbeats. @default the clock of the machine */
  readonly clock?: Clock;
}

const EVENT_ID = /^(\d{1,19})-(\d{1,19})$/;

const formatCursor = ({ task, step }: ChangeCursor): string => `${task}-${step}`;

function readCursor(request: Request): ChangeCursor | null {
  const text = request.get('last-event-id');
  if (text === undefined) return null;
  const match = EVENT_ID.exec(text);
  if (match === null)
    throw badRequest([{ path: 'Last-Event-ID', message: 'must be the id of an event of this stream' }]);
  return { task: BigInt(match[1] ?? 0), step: BigInt(match[2] ?? 0) };
}

/** Aborts when the client goes away or the server stops, whichever comes first, and only while `work` runs. */
async function withEitherSignal(response: Response, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { signal, stopSignal } = response.locals as RequestLocals;
  const either = new AbortController();
  const sources = [signal, stopSignal].map((source) => {
    const abort = () => either.abort(source.reason);
    if (source.aborted) abort();
    source.addEventListener('abort', abort, { once: true });
    return () => source.removeEventListener('abort', abort);
  });
  try {
    await work(either.signal);
  } finally {
    for (const forget of sources) forget();
  }
}

async function* toEvents(deps: FollowDeps, task: TaskRow, after: ChangeCursor, signal: AbortSignal) {
  let sent = after;
  for await (const changes of followTask(deps, task, { after, signal })) {
    for (const change of changes) {
      const place = BigInt(change.transition_id);
      sent = { ...sent, [change.kind]: place > sent[change.kind] ? place : sent[change.kind] };
      const { name, data } = toTaskEvent(task.task_uuid, change);
      yield { id: formatCursor(sent), event: name, data } satisfies ServerSentEvent;
    }
  }
}

/** Gives `GET /v1/tasks/{uuid}/events`: the task's changes of state as server-sent events, until the task has ended. */
export function createTaskEventRoutes(deps: TaskEventRoutesDeps): Router {
  const { tasks, log, clock = systemClock } = deps;

  async function follow(request: Request, response: Response): Promise<void> {
    const cursor = readCursor(request);
    const task = await tasks.find(request.params.taskUuid);
    const isComeback = cursor !== null && isTerminalTask(task.state);
    if (isComeback && (await log.listChanges(task.task_uuid, cursor)).length === 0) {
      // An event source comes back after each end of the answer; this status tells it that there is nothing more.
      response.status(204).end();
      return;
    }
    await withEitherSignal(response, (signal) =>
      sendEvents(response, toEvents(deps, task, cursor ?? { task: 0n, step: 0n }, signal), { signal, clock }),
    );
  }

  return Router().get('/v1/tasks/:taskUuid/events', follow);
}

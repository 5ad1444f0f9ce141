import type { TaskResponse } from '@tasker/protocol';
import type { Client } from './client';
import { type Console, usesColor, writeLine } from './console';
import { CliError, EXIT_CODES } from './errors';
import { adviseOperator } from './view/advise-operator';
import { createLiveArea } from './view/live-area';
import { renderChanges } from './view/render-changes';
import { renderTask } from './view/render-task';
import { watchTask } from './watch-task';

/** Gives what draws each look at a task: in place on a terminal, one line per change elsewhere. */
export function createTaskView(console: Console): (task: TaskResponse) => void {
  const { stdout } = console;
  if (stdout.isTTY !== true) {
    let before: TaskResponse | null = null;
    return (task) => {
      for (const line of renderChanges(before, task, Date.now())) writeLine(stdout, line);
      before = task;
    };
  }
  const area = createLiveArea(stdout);
  const useColor = usesColor(console);
  return (task) => area.draw(renderTask(task, { nowMs: Date.now(), columns: stdout.columns ?? 80, useColor }));
}

/**
 * Shows a task until it is over or waits for an operator, and gives its last state; shows nothing with `quiet`.
 * @throws {CliError} exit status 2 with advice, when it did not complete.
 */
export async function followTask(
  client: Client,
  taskUuid: string,
  console: Console,
  options: { readonly quiet: boolean },
): Promise<TaskResponse> {
  const onLook = options.quiet ? () => {} : createTaskView(console);
  const task = await watchTask({ client, taskUuid, onLook });
  if (task.status === 'complete') return task;
  const advice = adviseOperator(task, client.url);
  throw new CliError(
    [`task ${taskUuid} is ${task.status}`, ...advice].join('\n'),
    EXIT_CODES.failed,
    'TASK_NOT_COMPLETE',
    task,
  );
}

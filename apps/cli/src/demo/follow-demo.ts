import type { TaskResponse } from '@tasker/protocol';
import type { Client } from '../client';
import { type Console, usesColor, writeLine } from '../console';
import { createLiveArea } from '../view/live-area';
import { renderChanges } from '../view/render-changes';
import { labelOf, renderTask } from '../view/render-task';
import { watchTask } from '../watch-task';
import type { DemoTask } from './demo-tasks';

/** A task of the demonstration with what it has become. */
export interface FollowedTask extends DemoTask {
  readonly task: TaskResponse;
}

type View = (tasks: readonly FollowedTask[]) => void;

function createTerminalView(stdout: Console['stdout'] & { readonly rows?: number }, useColor: boolean): View {
  const area = createLiveArea(stdout);
  return (tasks) => {
    const options = { nowMs: Date.now(), columns: stdout.columns ?? 80, useColor };
    const whole = tasks.flatMap(({ title, task }) => [title, ...renderTask(task, options).slice(1)]);
    const isTooHigh = whole.length >= (stdout.rows ?? 24);
    area.draw(isTooHigh ? tasks.flatMap((task) => summarize(task, options.columns)) : whole);
  };
}

/** Two lines for a task on a low terminal: where it stands, and the steps that are on their way. */
function summarize({ title, task }: FollowedTask, columns: number): readonly string[] {
  const open = task.steps.filter((step) => step.current_state !== 'complete' && step.current_state !== 'pending');
  const steps = open.map((step) => `${step.name} (${labelOf(step.current_state)})`).join(', ');
  const lines = [`${title}: ${task.completed_steps} of ${task.total_steps} steps, ${task.status}`, `  ${steps}`];
  return lines.map((line) => line.slice(0, columns - 1));
}

function createPlainView(stdout: Console['stdout']): View {
  const seen = new Map<string, TaskResponse>();
  return (tasks) => {
    for (const { title, task } of tasks) {
      const [subject] = title.split(' of ');
      for (const line of renderChanges(seen.get(title) ?? null, task, Date.now())) {
        writeLine(stdout, `${subject}: ${line.replace(`task ${task.task_uuid}: `, '')}`);
      }
      seen.set(title, task);
    }
  };
}

/** Creates the tasks, shows all of them at once until each is over, and gives what became of them. */
export async function followDemo(
  client: Client,
  tasks: readonly DemoTask[],
  console: Console,
  signal: AbortSignal,
): Promise<readonly FollowedTask[]> {
  const created = await Promise.all(tasks.map(({ request }) => client.createTask(request)));
  const followed = new Map<DemoTask, TaskResponse>();
  tasks.forEach((task, index) => {
    const answer = created[index];
    if (answer !== undefined) followed.set(task, answer);
  });
  const current = () => [...followed].map(([demoTask, task]) => ({ ...demoTask, task }));
  const { stdout } = console;
  const view = stdout.isTTY === true ? createTerminalView(stdout, usesColor(console)) : createPlainView(stdout);
  await Promise.all(
    [...followed].map(([demoTask, { task_uuid: taskUuid }]) => {
      const onLook = (task: TaskResponse) => {
        followed.set(demoTask, task);
        view(current());
      };
      return watchTask({ client, taskUuid, onLook, signal });
    }),
  );
  return current();
}

import type { TaskResponse } from '@tasker/protocol';
import { renderTable } from './render-table';
import { attemptDurationMs } from './render-task';

interface Timing {
  readonly workflow: string;
  readonly step: string;
  runs: number;
  attempts: number;
  readonly durationsMs: number[];
}

const HEADINGS = ['WORKFLOW', 'STEP', '>RUNS', '>ATTEMPTS', '>MEAN MS', '>SLOWEST MS'];

/** Gives a table of steps: how often they ran, in how many attempts, and how long their last attempts took. */
export function renderTimings(tasks: readonly TaskResponse[], nowMs: number): readonly string[] {
  const timings = new Map<string, Timing>();
  for (const { namespace, name, steps } of tasks) {
    for (const step of steps) {
      const durationMs = attemptDurationMs(step, nowMs);
      if (durationMs === null) continue;
      const workflow = `${namespace}/${name}`;
      const key = `${workflow} ${step.name}`;
      const timing = timings.get(key) ?? { workflow, step: step.name, runs: 0, attempts: 0, durationsMs: [] };
      timing.runs += 1;
      timing.attempts += step.attempts;
      timing.durationsMs.push(durationMs);
      timings.set(key, timing);
    }
  }
  const rows = [...timings.values()].map(({ workflow, step, runs, attempts, durationsMs }) => {
    const mean = durationsMs.reduce((sum, ms) => sum + ms, 0) / durationsMs.length;
    return [workflow, step, String(runs), String(attempts), mean.toFixed(0), Math.max(...durationsMs).toFixed(0)];
  });
  return renderTable(HEADINGS, rows);
}

import { defineHandler } from '@tasker/worker-sdk';

/** Squares the result of the step before, or the task's number. */
export const square = defineHandler('square', {}, async ({ context }) => {
  const [previous] = context.getDependencyResultKeys();
  const base = previous === undefined ? context.getInput('n') : context.getDependencyResult(previous);
  const n = typeof base === 'number' ? base : 1;
  return (n * n) % 1_000_003;
});

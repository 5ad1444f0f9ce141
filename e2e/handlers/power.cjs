const { defineHandler, PermanentError, RetryableError } = require('@tasker/worker-sdk');
const { recordExecution } = require('./record.cjs');

/** Numbers where they are exact, text beyond. */
function toJson(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/**
 * Fails, or takes its time, as the task's input asks for:
 * `{ fail: { <step>: { kind: 'permanent' | 'transient' | 'slow', times, retryAfterMs, ms } } }`.
 */
async function failOnDemand(context) {
  const wish = context.getInput('fail')?.[context.stepName];
  if (wish === undefined) return;
  if (wish.kind === 'permanent') throw new PermanentError(`${context.stepName} cannot work`, { errorCode: 'E2E' });
  if (wish.kind === 'slow') {
    await new Promise((resolve) => setTimeout(resolve, wish.ms));
    return;
  }
  const { times, retryAfterMs } = wish;
  if (context.attempt > times) return;
  throw new RetryableError(`${context.stepName} is not ready`, retryAfterMs === undefined ? {} : { retryAfterMs });
}

/** Multiplies the results of the step's parents (the task's `n` where it has none) and squares the product. */
exports.power = defineHandler('power', {}, async ({ context }) => {
  await recordExecution(context);
  await failOnDemand(context);
  const parents = context.getConfig('parents');
  const factors =
    parents.length === 0 ? [context.getInput('n')] : parents.map((name) => context.getDependencyResult(name));
  const product = factors.reduce((all, factor) => all * BigInt(factor), 1n);
  return toJson(context.getConfig('squares') ? product * product : product);
});

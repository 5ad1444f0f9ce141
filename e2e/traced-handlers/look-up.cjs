const { trace } = require('@opentelemetry/api');
const { defineHandler, PermanentError } = require('@tasker/worker-sdk');

/** Makes a span of its own, as an instrumented client library would; fails in the step that the task's input names. */
exports.lookUp = defineHandler('look_up', {}, async ({ context }) => {
  await new Promise((resolve) => setImmediate(resolve));
  trace.getTracer('handlers').startSpan('look up').end();
  if (context.getInput('fail') === context.stepName) throw new PermanentError('cannot log in: password=hunter2');
  return context.traceparent;
});

const { SpanStatusCode, trace } = require('@opentelemetry/api');
const { createWorker } = require('@tasker/worker');
const { defineHandler, PermanentError } = require('@tasker/worker-sdk');
const { runTraced } = require('./run-traced.cjs');

/** Makes a span of its own, as an instrumented client library would. */
const lookUp = defineHandler('look_up', {}, async ({ context }) => {
  await new Promise((resolve) => setImmediate(resolve));
  const span = trace.getTracer('handlers').startSpan('look up');
  span.setStatus({ code: SpanStatusCode.OK });
  span.end();
  if (context.getInput('fail') === context.stepName) throw new PermanentError('cannot log in: password=hunter2');
  return context.traceparent;
});

runTraced('tasker-worker', (options) => createWorker({ ...options, namespaces: ['e2e'], handlers: [lookUp] }));

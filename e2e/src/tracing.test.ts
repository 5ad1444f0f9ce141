import { join } from 'node:path';
import type { TaskResponse } from '@tasker/protocol';
import { until } from '@tasker/testing';
import { template } from './shapes';
import { type System, startSystem } from './start-system';
import { startTraceCollector, type TraceCollector } from './trace-collector';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const CORRELATION_ID = '0b0f8a52-6d1e-4a57-9d6c-3f1f4c1f7b11';

const STEPS = ['step_1', 'step_2', 'step_3', 'step_4'];
const CHAIN = template(
  'chain',
  STEPS.map((name, index) => ({
    name,
    dependencies: STEPS.slice(Math.max(0, index - 1), index),
    handler: { callable: 'look_up' },
  })),
);

function startTraced(collector: TraceCollector) {
  const env = {
    TASKER__telemetry__tracing__enabled: 'true',
    TASKER__telemetry__tracing__endpoint: collector.endpoint,
  };
  return startSystem({
    orchestrationEnv: env,
    workerEnv: { ...env, TASKER_HANDLERS: join(__dirname, '..', 'traced-handlers') },
    templates: [CHAIN],
  });
}

const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;

async function submitByRest({ fleet }: System, request: object): Promise<void> {
  await fetch(`${fleet.orchestrations[0]?.url}/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: TRACEPARENT, 'x-correlation-id': CORRELATION_ID },
    body: JSON.stringify(request),
  });
}

async function submitByQueue({ pool }: System, request: object): Promise<void> {
  const message = JSON.stringify({ ...request, correlation_id: CORRELATION_ID });
  const send = `select pgmq.send('orchestration_task_requests', $1::jsonb, $2::jsonb)`;
  await pool.query(send, [message, JSON.stringify({ traceparent: TRACEPARENT })]);
}

/** Runs a task to its state, then ends the processes, which sends their spans. */
async function runTask(
  collector: TraceCollector,
  submit: typeof submitByRest,
  { context, state }: { readonly context: object; readonly state: string },
): Promise<TaskResponse> {
  await using system = await startTraced(collector);
  await submit(system, { namespace: 'e2e', name: 'chain', context });
  const find = 'select task_uuid from tasker.tasks where correlation_id = $1';
  const taskUuid = await until('the task is there', async () => {
    const { rows } = await system.pool.query<{ task_uuid: string }>(find, [CORRELATION_ID]);
    return rows[0]?.task_uuid;
  });
  await system.untilTask(taskUuid, state);
  return system.api.task(taskUuid);
}

test("a task of four steps is one trace: the caller's, from the request to the last step and what its handlers do", async () => {
  await using collector = await startTraceCollector();
  const task = await runTask(collector, submitByRest, { context: {}, state: 'complete' });
  const spans = collector.spans.filter(({ traceId }) => traceId === CALLER.traceId);

  const request = spans.find(({ name }) => name === 'POST /v1/tasks');
  expect(request).toMatchObject({
    service: 'tasker-orchestration',
    parentSpanId: CALLER.spanId,
    attributes: { correlation_id: CORRELATION_ID, 'http.response.status_code': 201 },
  });
  const steps = STEPS.map((name) => spans.find((span) => span.name === `step ${name}`));
  expect(steps).toMatchObject(
    task.steps.map(({ name, step_uuid }) => ({
      service: 'tasker-worker',
      parentSpanId: request?.spanId,
      attributes: {
        correlation_id: CORRELATION_ID,
        task_uuid: task.task_uuid,
        step_uuid,
        step_name: name,
        namespace: 'e2e',
        attempt: 1,
      },
    })),
  );
  const inner = spans.filter(({ name }) => name === 'look up').map(({ parentSpanId }) => parentSpanId);
  expect(inner.sort()).toEqual(steps.map((step) => step?.spanId).sort());
  expect(spans).toHaveLength(1 + 2 * STEPS.length);
  expect(task.steps.map(({ results }) => results)).toEqual(
    steps.map((step) => `00-${CALLER.traceId}-${step?.spanId}-01`),
  );
});

test('steps of a request from the queue belong to the trace in its header; a failed one says so, without credentials', async () => {
  await using collector = await startTraceCollector();
  await runTask(collector, submitByQueue, { context: { fail: 'step_2' }, state: 'blocked_by_failures' });
  const first = collector.spans.find(({ name }) => name === 'step step_1');
  expect(first).toMatchObject({ traceId: CALLER.traceId, parentSpanId: CALLER.spanId });
  const failed = collector.spans.find(({ name }) => name === 'step step_2');
  expect(failed?.status).toEqual({ code: 2, message: 'cannot log in: password=[redacted]' });
  expect(collector.spans.find(({ name }) => name === 'step step_3')).toBeUndefined();
});

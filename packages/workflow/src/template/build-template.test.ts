import { parseTemplate } from './parse-template';

const FULL = `
name: import_rows
namespace_name: data_1
version: 2.1.0-beta.1
description: Imports rows
x-owner: team-a
metadata: { author: ann, anything: { goes: [1, null] } }
system_dependencies: { primary: postgres, secondary: [s3] }
domain_events:
  - { name: rows.imported, description: done, schema: { type: object } }
  - { name: rows.seen }
input_schema:
  type: object
  required: [file]
  properties: { file: { type: string, pattern: '^\\w+\\.csv$' }, at: { type: string, format: date-time } }
identity_strategy: caller_provided
lifecycle:
  max_duration_minutes: 43200
  max_waiting_for_dependencies_minutes: 60
  max_waiting_for_retry_minutes: 30
  max_steps_in_process_minutes: 10080
  staleness_action: error
  auto_fail_on_timeout: true
  auto_dlq_on_timeout: false
steps:
  - name: cut
    description: Cuts the file
    type: batchable
    x-note: 1
    handler: { callable: Cut, method: run, resolver: mine, initialization: { worker_template_name: load } }
    system_dependency: s3
    retry: { retryable: false, max_attempts: 1, backoff: fibonacci, backoff_base_ms: 100, max_backoff_ms: 3600000 }
    timeout_seconds: 90
    result_schema: { type: object }
    batch_config:
      { batch_size: 5, parallelism: 2, cursor_field: row, worker_template: load, failure_strategy: isolate }
  - name: load
    step_type: batch_worker
    depends_on: [cut]
    handler: { callable: Load }
    batch_config: { worker_template: load }
  - name: choose
    type: decision
    dependencies: [cut]
    handler: { callable: Choose }
  - name: join
    type: deferred_convergence
    dependencies: [load, choose]
    handler: { callable: Join }
    publishes_events:
      - { name: rows.joined, description: d, schema: {}, condition: always, delivery_mode: fast, publisher: mine }
      - { name: rows.kept, description: d, schema: { type: object } }
`;

test('every field reaches the template', () => {
  const parsed = parseTemplate(FULL);
  expect(parsed).toMatchObject({
    ok: true,
    template: {
      version: '2.1.0-beta.1',
      description: 'Imports rows',
      metadata: { author: 'ann', anything: { goes: [1, null] } },
      systemDependencies: { primary: 'postgres', secondary: ['s3'] },
      domainEvents: [
        { name: 'rows.imported', description: 'done', schema: { type: 'object' } },
        { name: 'rows.seen', description: null, schema: null },
      ],
      inputSchema: { required: ['file'] },
      identityStrategy: 'caller_provided',
      lifecycle: {
        maxDurationMinutes: 43_200,
        maxWaitingForDependenciesMinutes: 60,
        maxWaitingForRetryMinutes: 30,
        maxStepsInProcessMinutes: 10_080,
        stalenessAction: 'error',
        autoFailOnTimeout: true,
        autoDlqOnTimeout: false,
      },
      steps: [
        {
          name: 'cut',
          description: 'Cuts the file',
          type: 'batchable',
          handler: {
            callable: 'Cut',
            method: 'run',
            resolver: 'mine',
            initialization: { worker_template_name: 'load' },
          },
          retry: {
            retryable: false,
            maxAttempts: 1,
            backoff: 'fibonacci',
            backoffBaseMs: 100,
            maxBackoffMs: 3_600_000,
          },
          timeoutMs: 90_000,
          resultSchema: { type: 'object' },
          systemDependency: 's3',
          batchConfig: {
            batchSize: 5,
            parallelism: 2,
            cursorField: 'row',
            workerTemplate: 'load',
            failureStrategy: 'isolate',
          },
        },
        {
          name: 'load',
          type: 'batch_worker',
          dependencies: ['cut'],
          batchConfig: {
            batchSize: 1_000,
            parallelism: 10,
            cursorField: 'id',
            workerTemplate: 'load',
            failureStrategy: 'continue_on_failure',
          },
        },
        { name: 'choose', type: 'decision' },
        {
          name: 'join',
          type: 'deferred_convergence',
          publishesEvents: [
            { name: 'rows.joined', condition: 'always', deliveryMode: 'fast', publisher: 'mine' },
            { name: 'rows.kept', condition: 'success', deliveryMode: 'durable', publisher: null },
          ],
        },
      ],
    },
  });
});

import { choice, flag, number, section, text } from '@tasker/config';
import { WEB_ADDRESS } from './forms';

/** `[telemetry]` */
export const telemetrySchema = section('Logs, metrics and traces.', {
  log_level: choice('How much is logged: each level holds those before it.', {
    default: 'info',
    enum: ['error', 'warn', 'info', 'debug'],
  }),
  log_format: choice('json: one object per line, for machines; pretty: one line of text, for terminals.', {
    default: 'json',
    enum: ['json', 'pretty'],
  }),
  metrics: section('What /metrics tells.', {
    process_metrics: flag('Whether CPU, memory, event loop and garbage collection of the process are told too.', true),
  }),
  tracing: section('OpenTelemetry traces.', {
    enabled: flag('Whether spans are recorded and sent.', false),
    endpoint: text('Where spans are sent, by OTLP over HTTP.', {
      default: 'http://localhost:4318/v1/traces',
      ...WEB_ADDRESS,
    }),
    sample_ratio: number('Share of the tasks that are traced, from 0 to 1.', { default: 1, minimum: 0, maximum: 1 }),
    service_name: text('Name of the process in traces; empty means tasker-orchestration or tasker-worker.', {
      default: '',
    }),
  }),
});

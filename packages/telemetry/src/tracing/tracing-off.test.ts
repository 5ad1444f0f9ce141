import type { Logger } from '../logger';
import { createTracing } from './create-tracing';

jest.mock('@opentelemetry/sdk-trace-base', () => {
  throw new Error('the SDK was loaded');
});

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const options = { endpoint: 'http://127.0.0.1:9/v1/traces', serviceName: 'test', logger };

test('tracing that is off is null, and does not load the SDK', () => {
  expect(createTracing({ ...options, enabled: false })).toBeNull();
  expect(() => createTracing({ ...options, enabled: true })).toThrow('the SDK was loaded');
});

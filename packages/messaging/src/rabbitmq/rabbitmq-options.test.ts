import { normalizeRabbitMqOptions, type RabbitMqProviderOptions } from './rabbitmq-options';

test('the URL carries the heartbeat, and keeps its credentials, virtual host and port', () => {
  const { url } = normalizeRabbitMqOptions({
    url: 'amqp://me:p%40ss@host:5673/shop?heartbeat=90',
    heartbeatSeconds: 7,
  });
  expect(url).toBe('amqp://me:p%40ss@host:5673/shop?heartbeat=7');
});

test.each<Partial<RabbitMqProviderOptions>>([
  { url: 'http://me:secret@host' },
  { url: 'secret' },
  { prefix: '' },
  { prefix: 'a b' },
  { heartbeatSeconds: 0 },
  { confirmTimeoutMs: 1 },
  { confirmWindow: 0 },
  { maxQueueLength: 0 },
])('%j is refused without repeating the URL', (options) => {
  const make = (): unknown => normalizeRabbitMqOptions({ url: 'amqp://host', ...options });
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
  expect(make).toThrow(/^(?!.*secret)/s);
});

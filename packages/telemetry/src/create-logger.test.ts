import { Writable } from 'node:stream';
import { createLogger, type LoggerOptions } from './create-logger';

function capture(options: Partial<LoggerOptions> = {}) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const logger = createLogger({ service: 'tasker-test', stream, ...options });
  return {
    logger,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

test('a line is one JSON object with time, level, message, service, component and its fields', () => {
  const { logger, lines } = capture();
  logger.child({ component: 'recovery' }).info('step claimed', { stepId: 's-1', attempt: 2 });
  expect(lines()).toEqual([
    {
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'info',
      message: 'step claimed',
      service: 'tasker-test',
      component: 'recovery',
      stepId: 's-1',
      attempt: 2,
    },
  ]);
});

test('fields cannot replace the fixed ones', () => {
  const { logger, lines } = capture();
  logger.child({ component: 'intake' }).warn('odd', { level: 'error', message: 'x', service: 'y', component: 'z' });
  expect(lines()[0]).toMatchObject({ level: 'warn', message: 'odd', service: 'tasker-test', component: 'intake' });
});

test('lines below the level are left out', () => {
  const { logger, lines } = capture({ level: 'warn' });
  logger.debug('d');
  logger.info('i');
  logger.warn('w');
  logger.error('e');
  expect(lines().map((line) => line.level)).toEqual(['warn', 'error']);
});

test('no secret reaches the log, whatever way it takes', () => {
  const { logger, text } = capture({ level: 'debug' });
  const canary = 'canary-7f3a';
  const error = new Error(`cannot reach amqp://user:${canary}@host:5672/`, {
    cause: new Error(`postgresql://tasker:p@${canary}@db/tasker failed`),
  });
  logger.child({ apiKey: canary }).error(`postgres://a:${canary}@b/c`, {
    error,
    password: canary,
    nested: [{ authorization: `Bearer ${canary}`, session_token: canary, clientSecret: { value: canary } }],
    dsn: canary,
    text: `host=db password=${canary} user=x`,
    url: `https://x.example/?token=${canary}&page=2`,
    PGPASSWORD: canary,
    private_key: canary,
  });
  expect(text()).not.toContain(canary);
  expect(text()).toContain('amqp://user:[redacted]@host:5672/');
  expect(text()).toContain('page=2');
});

test('values that JSON cannot hold are logged as text', () => {
  const { logger, lines } = capture();
  const circular: Record<string, unknown> = { id: 12n, at: new Date(0), never: new Date(Number.NaN), missing: null };
  circular.self = circular;
  logger.info('odd values', { circular });
  expect(lines()[0].circular).toMatchObject({ id: '12', at: '1970-01-01T00:00:00.000Z', never: null, missing: null });
});

test('the pretty format puts one line of text on a terminal and escapes control characters', () => {
  const { logger, text } = capture({ format: 'pretty' });
  logger.child({ component: 'intake' }).info('task created', { name: 'a\u001b[31m', count: 3 });
  logger.error('bare');
  expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}intake: task created name="a\\u001b\[31m" count=3\n/);
  expect(text()).toMatch(/ERROR bare\n$/);
});

test('the pretty format colours levels on a terminal only', () => {
  const chunks: string[] = [];
  const stream = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    }),
    { isTTY: true },
  );
  createLogger({ service: 'x', format: 'pretty', stream }).warn('careful');
  expect(chunks.join('')).toContain('WARN');
});

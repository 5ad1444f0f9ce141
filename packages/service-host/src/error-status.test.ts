import { decideErrorReply } from './error-status';
import { type ErrorMeaning, errorTable } from './error-table';
import { HttpError } from './http-error';
import { parseBindAddress } from './parse-bind-address';

const withCode = (code: string, message = 'm') => Object.assign(new Error(message), { code });

test.each(Object.entries<ErrorMeaning>(errorTable))('an error with code %s is shown by its row', (code, meaning) => {
  expect(decideErrorReply(withCode(code, 'what failed'))).toMatchObject({
    status: meaning.http,
    grpcStatus: meaning.grpc,
    body: { error: { code: meaning.shownAs ?? code, message: 'what failed' } },
  });
});

test.each([
  [400, 'INVALID_ARGUMENT'],
  [404, 'NOT_FOUND'],
  [405, 'INVALID_ARGUMENT'],
  [409, 'FAILED_PRECONDITION'],
  [413, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
] as const)('an error that decides on HTTP %i alone is %s over gRPC', (status, grpcStatus) => {
  expect(decideErrorReply(new HttpError(status, 'X', 'x')).grpcStatus).toBe(grpcStatus);
});

test.each(['08006', '57P01', '53300', '40001', '40P01', 'ECONNREFUSED', 'ETIMEDOUT', 'STOPPED', 'PROVIDER_STOPPED'])(
  'an error with code %s is an outage: 503, try again',
  (code) => {
    expect(decideErrorReply(withCode(code))).toMatchObject({
      status: 503,
      grpcStatus: 'UNAVAILABLE',
      retryAfterSeconds: 1,
    });
    expect(decideErrorReply(new Error('outer', { cause: withCode(code) })).status).toBe(503);
  },
);

test.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
  'the driver\'s "%s" is an outage',
  (message) => {
    expect(decideErrorReply(new Error(message)).status).toBe(503);
  },
);

test.each([
  [12_001, 13],
  [0, 1],
])(
  'an open circuit breaker that may let a call through in %i ms is a 503 with Retry-After %i',
  (retryAfterMs, seconds) => {
    const error = Object.assign(withCode('CIRCUIT_OPEN'), { retryAfterMs });
    expect(decideErrorReply(error)).toMatchObject({
      status: 503,
      body: { error: { code: 'UNAVAILABLE' } },
      retryAfterSeconds: seconds,
    });
  },
);

test.each(['22P05', '22021'])('text that the database cannot store (%s) is a 400', (code) => {
  expect(decideErrorReply(withCode(code)).status).toBe(400);
});

test.each([
  ['a syntax error in our own SQL', withCode('42601', 'syntax error at "secret"')],
  ['a code that is a property of every object', withCode('constructor', 'secret')],
  ['a thrown string', 'secret'],
  ['a thrown null', null],
])('%s is a 500 that tells nothing', (_name, error) => {
  const reply = decideErrorReply(error);
  expect(reply.status).toBe(500);
  expect(JSON.stringify(reply)).not.toContain('secret');
});

test('a route that is overloaded tells when to come back', () => {
  expect(decideErrorReply(new HttpError(429, 'BUSY', 'too many')).retryAfterSeconds).toBe(1);
});

test.each([
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  [':80', { host: '0.0.0.0', port: 80 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
])('%s is an address to bind to', (text, address) => {
  expect(parseBindAddress(text)).toEqual(address);
});

test.each(['8080', 'host:', 'host:65536', '::1:80', 'a b:1', ''])('%j is none', (text) => {
  expect(() => parseBindAddress(text)).toThrow(TypeError);
});

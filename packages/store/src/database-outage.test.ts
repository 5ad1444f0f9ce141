import { isDatabaseOutage } from './database-outage';

const withCode = (code: string) => Object.assign(new Error('m'), { code });

test.each(['ECONNREFUSED', 'ETIMEDOUT', '08006', '08P01', '53300', '57P01', '57P02', '57P03'])(
  '%s is an outage',
  (code) => {
    expect(isDatabaseOutage(withCode(code))).toBe(true);
  },
);

test.each([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
])('the driver\'s "%s" is an outage', (message) => {
  expect(isDatabaseOutage(new Error(message))).toBe(true);
});

test.each(['23505', '42601', '40P01', '57014', '22P05'])('%s is the error of one statement', (code) => {
  expect(isDatabaseOutage(withCode(code))).toBe(false);
});

test('an outage is known by its cause too', () => {
  expect(isDatabaseOutage(new Error('reading failed', { cause: withCode('ECONNRESET') }))).toBe(true);
});

test.each([[null], [undefined], ['ECONNREFUSED'], [new Error('other')]])('%p is none', (error) => {
  expect(isDatabaseOutage(error)).toBe(false);
});

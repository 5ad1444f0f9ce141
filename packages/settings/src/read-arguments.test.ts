import { readArguments } from './read-arguments';

test('the command line gives the environment, the directory and any key', () => {
  const args = ['--env', 'test', '--dir=here', '--set', 'worker.lease_ms=1', '--set', 'database.url=a=b'];
  expect(readArguments(args)).toEqual({
    environment: 'test',
    directory: 'here',
    overrides: { 'worker.lease_ms': '1', 'database.url': 'a=b' },
  });
  expect(readArguments([])).toEqual({ environment: undefined, directory: undefined, overrides: {} });
});

test('what is not understood is refused, and not repeated', () => {
  const canary = 'canary-0b1e';
  for (const args of [[canary], [`--${canary}`], ['--set', canary], ['--set', `=${canary}`], ['--env']]) {
    expect(() => readArguments(args)).toThrow(/^command line: (is not understood|value 1 is no key=value)/);
    expect(() => readArguments(args)).not.toThrow(canary);
  }
});

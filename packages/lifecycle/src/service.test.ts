import { StoppedError } from './errors';
import { createService } from './service';

function recorded(start: (signal: AbortSignal) => Promise<void> = async () => {}) {
  const calls: string[] = [];
  const service = createService({
    name: 'test service',
    start(signal) {
      calls.push('start');
      return start(signal);
    },
    async stop() {
      calls.push('stop');
    },
  });
  return { service, calls };
}

test('starting twice starts once', async () => {
  const { service, calls } = recorded();
  await Promise.all([service.start(), service.start()]);
  expect(calls).toEqual(['start']);
});

test('stopping twice stops once', async () => {
  const { service, calls } = recorded();
  await service.start();
  await Promise.all([service.stop(), service.stop(), service[Symbol.asyncDispose]()]);
  expect(calls).toEqual(['start', 'stop']);
});

test('stopping before start is legal, and a start after it is refused', async () => {
  const { service, calls } = recorded();
  await service.stop();
  await expect(service.start()).rejects.toBeInstanceOf(StoppedError);
  expect(calls).toEqual([]);
});

test('stop gives up a start that is under way and waits for it', async () => {
  const { service, calls } = recorded(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const starting = service.start();
  const refused = expect(starting).rejects.toThrow('test service was stopped');
  await Promise.resolve();
  await service.stop();
  await refused;
  expect(calls).toEqual(['start']);
});

test('a start that fails is told to the caller, and stop has nothing to do', async () => {
  const { service, calls } = recorded(() => Promise.reject(new Error('no port')));
  await expect(service.start()).rejects.toThrow('no port');
  await service.stop();
  expect(calls).toEqual(['start']);
});

test('a signal that has aborted already keeps the service from starting', async () => {
  const { service, calls } = recorded();
  await expect(service.start(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  expect(calls).toEqual([]);
});

import type { Service } from './service';
import { createStack, stopAll } from './service-stack';

const events: string[] = [];
beforeEach(() => events.splice(0));

function service(name: string, failing: { start?: boolean; stop?: boolean } = {}): Service {
  const stop = async () => {
    events.push(`stop ${name}`);
    if (failing.stop === true) throw new Error(`${name} hangs`);
  };
  return {
    async start() {
      events.push(`start ${name}`);
      if (failing.start === true) throw new Error(`${name} does not start`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

test('services stop in the reverse order of their start', async () => {
  {
    await using stack = createStack();
    await stack.start(service('database'));
    stack.defer(async () => {
      events.push('clean up');
    });
    await stack.start(service('server'));
  }
  expect(events).toEqual(['start database', 'start server', 'stop server', 'clean up', 'stop database']);
});

test('a service that does not start is stopped, and the others are stopped with the stack', async () => {
  const stack = createStack();
  await stack.start(service('database'));
  await expect(stack.start(service('server', { start: true }))).rejects.toThrow('server does not start');
  await Promise.all([stack.stop(), stack.stop()]);
  expect(events).toEqual(['start database', 'start server', 'stop server', 'stop database']);
});

test('a service that fails to stop does not keep the others running', async () => {
  const all = [service('first', { stop: true }), service('second'), service('third', { stop: true })];
  const failure = await stopAll(all).catch((error: AggregateError) => error);
  expect(events).toEqual(['stop third', 'stop second', 'stop first']);
  expect((failure as AggregateError).errors).toEqual([new Error('third hangs'), new Error('first hangs')]);
});

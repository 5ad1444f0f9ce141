import { MemoryProvider } from '@tasker/messaging/memory';
import { createLossFinder, type LossFinderOptions } from './find-lost-messages';

let provider: MemoryProvider;
let asked: Parameters<LossFinderOptions['outbox']['resendLost']>[0][];
beforeEach(async () => {
  provider = new MemoryProvider();
  await provider.start();
  asked = [];
});
afterEach(() => provider.stop());

const find = (...queues: readonly string[]) => findAt(provider, ...queues);
const findAt = (broker: LossFinderOptions['provider'], ...queues: readonly string[]) =>
  createLossFinder({
    outbox: {
      resendLost: async (request) => {
        asked.push(request);
        return request.emptyQueues.length;
      },
    },
    provider: broker,
    listQueues: async () => queues,
    olderMs: 10_000,
  })();

test('only queues that hold nothing are suspected', async () => {
  await provider.ensureQueues(['full', 'empty']);
  await provider.send('full', {});
  expect(await find('full', 'empty')).toEqual({ sent: 1, isBusy: true });
  expect(asked).toEqual([{ emptyQueues: ['empty'], olderMs: 10_000, max: 500 }]);
});

test('a queue that is gone is created again, and suspected', async () => {
  expect(await find('gone')).toEqual({ sent: 1, isBusy: false });
  expect((await provider.listQueues()).map(({ name }) => name)).toEqual(['gone']);
});

test('a broker that does not answer is suspected of nothing', async () => {
  const away = { stats: () => Promise.reject(new Error('away')), ensureQueues: () => Promise.resolve() };
  await expect(findAt(away, 'any')).rejects.toThrow('away');
  expect(asked).toEqual([]);
});

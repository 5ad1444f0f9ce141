import { createExecutorPool } from '../engine/executor-pool';
import { createGroupCommit } from './group-commit';

const newPool = () =>
  createExecutorPool({ min_executors: 2, max_executors: 2, queue_high_watermark: 100, queue_low_watermark: 10 });

/** A commit that ends when told to. */
function heldCommit() {
  const groups: { items: readonly string[]; end: (error?: Error) => void }[] = [];
  const commit = (items: readonly string[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      groups.push({ items, end: (error) => (error ? reject(error) : resolve(items.map((item) => `${item}!`))) });
    });
  return { groups, commit };
}

const turn = () => new Promise(setImmediate);

test('the first item is committed at once, and items of the same turn go together', async () => {
  const { groups, commit } = heldCommit();
  const group = createGroupCommit(newPool(), commit);
  const answers = Promise.all([group.add('a'), group.add('b')]);
  await turn();
  expect(groups.map(({ items }) => items)).toEqual([['a', 'b']]);
  groups[0]!.end();
  expect(await answers).toEqual(['a!', 'b!']);
});

test('while all executors commit, what arrives is gathered for the next', async () => {
  const { groups, commit } = heldCommit();
  const group = createGroupCommit(newPool(), commit);
  const answers = [];
  for (const item of ['a', 'b', 'c', 'd', 'e']) {
    answers.push(group.add(item));
    await turn();
  }
  expect(groups.map(({ items }) => items)).toEqual([['a'], ['b']]);
  expect(group.waitingCount).toBe(3);
  groups[0]!.end();
  await turn();
  expect(groups[2]!.items).toEqual(['c', 'd', 'e']);
  groups[1]!.end();
  groups[2]!.end();
  expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
});

test('one bad item of a group fails alone', async () => {
  const commit = async (items: readonly string[]) => {
    if (items.includes('bad')) throw new Error('cannot be stored');
    return items.map((item) => `${item}!`);
  };
  const group = createGroupCommit(newPool(), commit);
  const results = await Promise.allSettled(['a', 'bad', 'b'].map((item) => group.add(item)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

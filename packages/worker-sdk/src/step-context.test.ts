import type { Logger } from './logger';
import { createTestContext } from './run-step';

const context = createTestContext('h', {
  context: { amount: 5, none: null },
  dependencies: { part_2: 'b', part_1: { rows: [{ id: 7 }] }, other: 0 },
  config: { url: 'x' },
  checkpoint: { cursor: 40, items_processed: 39, accumulated_results: { sum: 1 } },
});

test('the first attempt is no retry', () => {
  expect(context).toMatchObject({ attempt: 1, retryCount: 0, isRetry: false, isLastRetry: false, maxRetries: 2 });
});

test('the last attempt knows that none follows', () => {
  expect(createTestContext('h', { attempt: 3 })).toMatchObject({ retryCount: 2, isRetry: true, isLastRetry: true });
  expect(createTestContext('h', { retryable: false }).isLastRetry).toBe(true);
});

test('input and configuration are read by key, never from the prototype', () => {
  expect(context.getInput('amount')).toBe(5);
  expect(context.getInput('constructor')).toBeUndefined();
  expect(context.getInputOr('none', 9)).toBe(9);
  expect(context.getInputOr('amount', 9)).toBe(5);
  expect(context.getConfig('url')).toBe('x');
});

test('dependency results are read whole, in part, and by prefix in order of their names', () => {
  expect(context.getDependencyResult('other')).toBe(0);
  expect(context.getDependencyResult('missing')).toBeUndefined();
  expect(context.getDependencyField('part_1', 'rows', 0, 'id')).toBe(7);
  expect(context.getDependencyField('part_1', 'rows', 4, 'id')).toBeUndefined();
  expect(context.getAllDependencyResults('part_')).toEqual([{ rows: [{ id: 7 }] }, 'b']);
  expect(context.getDependencyResultKeys()).toEqual(['other', 'part_1', 'part_2']);
});

test('a checkpoint is read by its parts', () => {
  expect(context).toMatchObject({
    hasCheckpoint: true,
    checkpointCursor: 40,
    checkpointItemsProcessed: 39,
    accumulatedResults: { sum: 1 },
  });
  expect(createTestContext('h')).toMatchObject({
    hasCheckpoint: false,
    checkpointCursor: null,
    checkpointItemsProcessed: 0,
    accumulatedResults: null,
  });
});

test('log lines carry the ids of the step', () => {
  const lines: unknown[] = [];
  const write = (message: string, fields?: object) => lines.push({ message, ...fields });
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const logged = createTestContext('h', { logger, attempt: 2 });
  logged.logger.info('charged', { amount: 3 });
  logged.logger.warn('slow');
  logged.logger.debug('detail');
  logged.logger.error('broken');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatchObject({
    message: 'charged',
    amount: 3,
    stepId: logged.stepUuid,
    taskId: logged.taskUuid,
    attempt: 2,
  });
});

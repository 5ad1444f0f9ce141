import { checkStepTypes } from './check-step-types';
import { listSteps } from './list-steps';

const messagesOf = (...steps: object[]) => checkStepTypes(listSteps({ steps })).map(({ message }) => message);
const batchable = (name: unknown) => ({
  name: 'cut',
  type: 'batchable',
  handler: { initialization: { worker_template_name: name } },
});
const worker = { name: 'load', type: 'batch_worker', dependencies: ['cut'] };

test('a step of each type in its place is fine', () => {
  const decision = { name: 'd', type: 'decision', dependencies: ['cut'] };
  const join = { name: 'j', step_type: 'deferred_convergence', depends_on: ['load'], batch_config: null };
  const configured = { ...worker, batch_config: { worker_template: 'load' } };
  expect(messagesOf({ name: 'a' }, batchable('load'), configured, decision, join)).toEqual([]);
});

test.each(['decision', 'deferred_convergence'])('a %s step needs a dependency', (type) => {
  expect(messagesOf({ name: 'a', type })).toEqual([`a step of type '${type}' needs at least one dependency`]);
});

test('a batchable step has to name a batch worker', () => {
  expect(messagesOf(batchable(undefined))).toEqual([
    "a step of type 'batchable' needs 'handler.initialization.worker_template_name'",
  ]);
  expect(messagesOf(batchable('laod'))).toEqual(["there is no step 'laod' of type 'batch_worker'"]);
});

test('a batch worker that nobody names can never start', () => {
  expect(messagesOf(worker)).toEqual([
    "the step 'load' can never start: no batchable step names it as its 'worker_template_name'",
  ]);
});

test('batch_config belongs to batch steps and names a batch worker', () => {
  expect(messagesOf({ name: 'a', batch_config: {} })).toEqual([
    "'batch_config' has no effect on a step of type 'standard'",
  ]);
  const configured = { ...worker, batch_config: { worker_template: 'cut' } };
  expect(messagesOf(batchable('load'), configured)).toEqual(["there is no step 'cut' of type 'batch_worker'"]);
  expect(messagesOf(batchable('load'), { ...worker, batch_config: {} })).toEqual([]);
});

test('a key given under both of its spellings is refused', () => {
  const both = { name: 'a', type: 'standard', step_type: 'standard', dependencies: [], depends_on: [] };
  expect(messagesOf(both)).toEqual([
    "'step_type' is another spelling of 'type', which is given too",
    "'depends_on' is another spelling of 'dependencies', which is given too",
  ]);
});

import { parseListTasksQuery } from './list-tasks-query';
import { parseStepActionRequest } from './step-action-request';
import { parseBatchRequest, parseTaskRequest } from './task-request';
import { parseTaskRequestMessage } from './task-request-message';

const problems = (parsed: { ok: boolean; problems?: readonly { path: string; message: string }[] }) =>
  parsed.problems?.map(({ path, message }) => `${path} ${message}`);

describe('a task request', () => {
  const smallest = { namespace: 'shop', name: 'ship_order', context: { order: 1 } };

  test('needs namespace, name and context; the rest has defaults', () => {
    expect(parseTaskRequest(smallest)).toEqual({
      ok: true,
      value: {
        ...smallest,
        version: null,
        initiator: 'system',
        source_system: 'tasker',
        reason: 'Task requested',
        tags: [],
        priority: 0,
        correlation_id: null,
        parent_correlation_id: null,
        idempotency_key: null,
      },
    });
  });

  test('does not share its default tags with another request', () => {
    const first = parseTaskRequest(smallest);
    const second = parseTaskRequest(smallest);
    expect(first.ok && second.ok && first.value.tags).not.toBe(second.ok && second.value.tags);
  });

  test('says all that is wrong, and where', () => {
    const parsed = parseTaskRequest({ namespace: 'Shop!', context: [], priority: 1000, tags: ['a', 2], nmae: 'x' });
    expect(problems(parsed)).toEqual(
      expect.arrayContaining([
        'name is required',
        'nmae is not a known field',
        'namespace must match pattern "^[a-z_][a-z0-9_]{0,28}$"',
        'context must be object',
        'priority must be <= 100',
        'tags[1] must be string',
      ]),
    );
  });

  test('is refused when it is no object at all', () => {
    expect(problems(parseTaskRequest(null))).toEqual([' must be object']);
    expect(problems(parseTaskRequest([smallest]))).toEqual([' must be object']);
  });

  test('leaves what it was given alone', () => {
    const given = { ...smallest };
    parseTaskRequest(given);
    expect(given).toEqual(smallest);
  });
});

test('a batch holds 1 to 1,000 tasks', () => {
  expect(parseBatchRequest({ tasks: [] }).ok).toBe(false);
  expect(parseBatchRequest({ tasks: new Array(1001).fill({}) }).ok).toBe(false);
  expect(parseBatchRequest({ tasks: new Array(1000).fill({}) }).ok).toBe(true);
});

describe('a step action', () => {
  test('needs the fields of its kind', () => {
    expect(parseStepActionRequest({ action_type: 'reset_for_retry', reset_by: 'ann', reason: 'fixed' }).ok).toBe(true);
    expect(
      problems(parseStepActionRequest({ action_type: 'complete_manually', completed_by: 'ann', reason: 'x' })),
    ).toEqual(['completion_data is required']);
    expect(problems(parseStepActionRequest({ action_type: 'resolve_manually', reset_by: 'ann', reason: 'x' }))).toEqual(
      ['resolved_by is required', 'reset_by is not a known field'],
    );
  });

  test('of an unknown kind is told the known ones', () => {
    expect(problems(parseStepActionRequest({ action_type: 'skip' }))).toEqual([
      'action_type must be one of reset_for_retry, resolve_manually, complete_manually',
    ]);
  });
});

describe('the query of a list', () => {
  test('reads several states and the limit from text', () => {
    expect(parseListTasksQuery({ status: 'complete,error', limit: '5' })).toEqual({
      ok: true,
      value: { status: ['complete', 'error'], limit: 5 },
    });
  });

  test('refuses unknown states, odd limits and unknown filters', () => {
    const parsed = parseListTasksQuery({ status: 'done', limit: 'many', colour: 'red' });
    expect(problems(parsed)?.join('; ')).toMatch(
      /colour is not a known field.*status\[0\] must be one of.*limit must be integer/,
    );
  });
});

test('a queue message is a task request, with or without its envelope', () => {
  const task_request = { namespace: 'shop', name: 'ship_order', context: {} };
  const plain = parseTaskRequestMessage(task_request);
  expect(plain.ok).toBe(true);
  expect(parseTaskRequestMessage({ request_id: 'r1', task_request, metadata: { requester: 'cron' } })).toEqual(plain);
  expect(parseTaskRequestMessage('garbage').ok).toBe(false);
});

import type { TaskRequest } from '@tasker/protocol';
import type { RegisteredTemplate } from '@tasker/store';
import { type JsonObject, parseTemplateObject, type TaskTemplate } from '@tasker/workflow';
import { prepareTask } from './prepare-task';
import { createQueryCache } from './query-cache';
import { createTemplateCache } from './template-cache';

function template(fields: JsonObject): TaskTemplate {
  const parsed = parseTemplateObject({ name: 'pay', namespace_name: 'shop', version: '1.0.0', ...fields });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.template;
}

const request: TaskRequest = {
  namespace: 'shop',
  name: 'pay',
  version: null,
  context: { amount: 3 },
  initiator: 'test',
  source_system: 'test',
  reason: 'test',
  tags: [],
  priority: 0,
  correlation_id: null,
  parent_correlation_id: null,
  idempotency_key: null,
};

/** A store whose template can be exchanged. */
function cacheOver(first: TaskTemplate) {
  let registered: RegisteredTemplate = { templateUuid: 'first', contentHash: '', template: first };
  let reads = 0;
  const find = async () => {
    reads += 1;
    return registered;
  };
  // Else the highest version is remembered for a second only, and a machine may stall for that long.
  const cache = createTemplateCache({ find }, createQueryCache({ hearsOfChanges: () => true }));
  const replace = (by: TaskTemplate) => {
    registered = { templateUuid: 'second', contentHash: '', template: by };
  };
  return { cache, replace, reads: () => reads };
}

const strict = template({ input_schema: { type: 'object', required: ['iban'] } });

test('a context that does not fit is refused, with its reason', async () => {
  expect(await prepareTask(request, null, cacheOver(strict).cache)).toEqual({
    kind: 'invalid',
    problems: [{ path: 'context', message: expect.stringContaining('iban') }],
  });
});

test('nobody is refused by a schema that has been replaced', async () => {
  const { cache, replace } = cacheOver(strict);
  await cache.find('shop', 'pay', null);
  replace(template({}));
  expect(await prepareTask(request, null, cache)).toMatchObject({ kind: 'ready', task: { templateUuid: 'second' } });
});

test('a template is read once for many tasks', async () => {
  const { cache, reads } = cacheOver(template({}));
  await prepareTask(request, null, cache);
  await prepareTask(request, null, cache);
  expect(reads()).toBe(1);
});

test('the strategy caller_provided demands a key', async () => {
  const { cache } = cacheOver(template({ identity_strategy: 'caller_provided' }));
  expect(await prepareTask(request, null, cache)).toMatchObject({ problems: [{ path: 'idempotency_key' }] });
  expect(await prepareTask({ ...request, idempotency_key: 'k1' }, null, cache)).toMatchObject({ kind: 'ready' });
});

test('strict tasks share an identity when their contexts are equal, whatever the order of keys', async () => {
  const { cache } = cacheOver(template({}));
  const hashes = await Promise.all(
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 2, b: 1 },
    ].map(async (context) => {
      const prepared = await prepareTask({ ...request, context }, null, cache);
      return prepared.kind === 'ready' ? prepared.task.identityHash : null;
    }),
  );
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

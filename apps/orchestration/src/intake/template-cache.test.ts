import type { RegisteredTemplate, TemplateStore } from '@tasker/store';
import { parseTemplateObject, type TaskTemplate } from '@tasker/workflow';
import { createQueryCache } from './query-cache';
import { cacheTemplates, createTemplateCache } from './template-cache';

function templateOf(version: string): TaskTemplate {
  const parsed = parseTemplateObject({ name: 'pay', namespace_name: 'shop', version });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.template;
}

/** A store that holds one template and notes what it was asked. */
function createStore() {
  const asked: string[] = [];
  let registered: RegisteredTemplate | null = null;
  const store: TemplateStore = {
    async register(template) {
      asked.push('register');
      registered = { templateUuid: template.version, contentHash: '', template };
      return { kind: 'registered', templateUuid: template.version };
    },
    async find() {
      asked.push('find');
      return registered;
    },
    async list() {
      asked.push('list');
      return [];
    },
  };
  return { store, asked };
}

test('lists and versions are read once, and again after a registration through the same store', async () => {
  const { store, asked } = createStore();
  // Else the highest version is remembered for a second only, and a machine may stall for that long.
  const templates = cacheTemplates(store, createQueryCache({ hearsOfChanges: () => true }));
  await templates.register(templateOf('1.0.0'));
  for (let round = 0; round < 2; round += 1) {
    expect((await templates.find('shop', 'pay', null))?.templateUuid).toBe('1.0.0');
    await templates.find('shop', 'pay', '1.0.0');
    await templates.list(null);
  }
  expect(asked).toEqual(['register', 'find', 'find', 'list']);
  await templates.register(templateOf('1.1.0'));
  expect((await templates.find('shop', 'pay', null))?.templateUuid).toBe('1.1.0');
});

test('a registration whose answer is lost is not hidden by what was remembered', async () => {
  const { store } = createStore();
  const losing: TemplateStore = {
    ...store,
    async register(template) {
      await store.register(template);
      throw new Error('connection lost');
    },
  };
  const templates = cacheTemplates(losing, createQueryCache());
  await store.register(templateOf('1.0.0'));
  await templates.find('shop', 'pay', null);
  await expect(templates.register(templateOf('1.1.0'))).rejects.toThrow('connection lost');
  expect((await templates.find('shop', 'pay', null))?.templateUuid).toBe('1.1.0');
});

test('prepared templates and plain ones share a cache and do not meet in it', async () => {
  const { store } = createStore();
  await store.register(templateOf('1.0.0'));
  const cache = createQueryCache();
  expect(await cacheTemplates(store, cache).find('shop', 'pay', '1.0.0')).not.toHaveProperty('plan');
  expect(await createTemplateCache(store, cache).find('shop', 'pay', '1.0.0')).toHaveProperty('plan');
});

import type { TemplateStore } from '@tasker/store';
import type { TaskTemplate } from '@tasker/workflow';
import express from 'express';
import { createTemplateOperations } from '../api/template-operations';
import { createTemplateRoutes } from './template-routes';

const yaml = `
name: pay
namespace_name: shop
version: "1.0.0"
steps:
  - name: charge
    handler: { callable: Charge }
    timeout_seconds: 10
environments:
  production:
    steps:
      - { name: charge, timeout_seconds: 60 }
`;

/** Registers through the routes; gives the template that reached the store. */
async function register(environment: string): Promise<TaskTemplate | undefined> {
  let registered: TaskTemplate | undefined;
  const store: TemplateStore = {
    register: async (template) => {
      registered = template;
      return { kind: 'registered', templateUuid: '0190a000-0000-7000-8000-000000000000' };
    },
    find: async () => null,
    list: async () => [],
  };
  const app = express().use(
    express.text({ type: 'application/yaml' }),
    createTemplateRoutes(createTemplateOperations({ templates: store, environment, onRegistered: () => undefined })),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/templates`, {
    method: 'POST',
    headers: { 'content-type': 'application/yaml' },
    body: yaml,
  });
  expect(answer.status).toBe(201);
  await new Promise((resolve) => server.close(resolve));
  return registered;
}

test('a template is registered with the overrides of the environment, and of no other', async () => {
  expect((await register('production'))?.steps[0]?.timeoutMs).toBe(60_000);
  expect((await register('development'))?.steps[0]?.timeoutMs).toBe(10_000);
});

import { LINEAR, shapeTemplate } from './shapes';
import { type System, startSystem } from './start-system';

let system: System;
beforeAll(async () => {
  system = await startSystem({ orchestrations: 2, templates: [shapeTemplate(LINEAR)] });
});
afterAll(() => system?.[Symbol.asyncDispose]());

/** The names and states that a stream of server-sent events tells, to its end. */
async function readEvents(url: string): Promise<string[]> {
  const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const text = await response.text();
  return [...text.matchAll(/^event: (task|step)\ndata: (.*)$/gm)].map(([, kind, data]) => {
    const { to_state, name } = JSON.parse(data ?? '{}') as { to_state: string; name?: string };
    return kind === 'task' ? to_state : `${name} ${to_state}`;
  });
}

test('a client that asks another orchestrator is told of every change until the task is complete', async () => {
  const task = await system.api.submit(LINEAR.name, { n: 6 });
  const other = system.fleet.orchestrations[1]?.url;
  const events = await readEvents(`${other}/v1/tasks/${task}/events`);
  expect(events.at(-1)).toBe('complete');
  expect(events.filter((event) => / complete$/.test(event))).toHaveLength(4);
  expect(new Set(events.filter((event) => !event.includes(' ')))).toContain('evaluating_results');
});

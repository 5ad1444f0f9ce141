import { Agent, request } from 'node:http';
import { createEndWatch, type EndWatch } from './end-watch';
import type { WorkMeter } from './statistics';

/** Talks to the fleet as a client would. */
export interface BenchClient {
  register(template: object): Promise<void>;
  /** Runs one task; gives the milliseconds from the request until the client knew that it was complete. */
  runOne(template: string): Promise<number>;
  /** Submits `count` tasks in batches (or one by one over 8 connections when `batch` is 1). */
  submitMany(template: string, count: number, batch: number): Promise<void>;
  /** Resolves when no task is open. @throws when a task did not complete. */
  waitUntilSettled(): Promise<void>;
}

const CONNECTIONS = { single: 8, batch: 3 };

function createPost(baseUrl: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS.single });
  return (path: string, body: unknown) =>
    new Promise<string>((resolve, reject) => {
      const json = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
      const call = request(`${baseUrl}${path}`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          if (response.statusCode !== undefined && response.statusCode < 202) resolve(text);
          else reject(new Error(`POST ${path} gave ${response.statusCode}: ${text.slice(0, 300)}`));
        });
      });
      call.on('error', reject).end(json);
    });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Gives a client; it waits for ends by asking the database, which the figures include. */
export function createBenchClient(baseUrl: string, meter: WorkMeter): BenchClient {
  const post = createPost(baseUrl);
  const watches = new Map<string, EndWatch>();
  const newTask = (name: string) => ({ namespace: 'bench', name, version: '1.0.0', context: { n: 6 } });

  async function inParallel(calls: number, connections: number, call: () => Promise<unknown>): Promise<void> {
    let left = calls;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        await call();
      }
    };
    await Promise.all(Array.from({ length: connections }, lane));
  }

  return {
    async register(template) {
      await post('/v1/templates', template);
    },

    async runOne(template) {
      const start = performance.now();
      const { task_uuid } = JSON.parse(await post('/v1/tasks', newTask(template))) as { task_uuid: string };
      const watch = watches.get(template) ?? createEndWatch();
      watches.set(template, watch);
      return watch.untilOver(start, async () => {
        const text = 'select state from tasker.tasks where task_uuid = $1';
        const [task] = await meter.query<{ state: string }>(text, [task_uuid]);
        return task?.state === 'complete';
      });
    },

    async submitMany(template, count, batch) {
      if (batch === 1) {
        await inParallel(count, CONNECTIONS.single, () => post('/v1/tasks', newTask(template)));
        return;
      }
      const tasks = Array.from({ length: batch }, () => newTask(template));
      await inParallel(Math.ceil(count / batch), CONNECTIONS.batch, () => post('/v1/tasks/batch', { tasks }));
    },

    async waitUntilSettled() {
      for (;;) {
        const [open] = await meter.query<{ found: boolean; state: string }>(
          'select state from tasker.tasks where completed_at is null limit 1',
        );
        if (open === undefined) return;
        if (open.state === 'blocked_by_failures') throw new Error('a task of the bench failed');
        await pause(20);
      }
    },
  };
}

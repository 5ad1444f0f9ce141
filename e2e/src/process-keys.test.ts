import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FleetMember } from '@tasker/testing';
import { LINEAR, QUICK_RETRY, shapeTemplate, template } from './shapes';
import { type System, startSystem } from './start-system';
import { startTraceCollector } from './trace-collector';

const membersOf = ({ fleet }: System): readonly FleetMember[] => [...fleet.orchestrations, ...fleet.workers];

const forAll = (env: Readonly<Record<string, string>>) => ({ orchestrationEnv: env, workerEnv: env });

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** What the processes have written at their end, when they have run a task whose one step fails for good. */
async function readOutput(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const failing = template('failing', [{ name: 'leak', handler: { callable: 'leak' }, retry: QUICK_RETRY }]);
  await using system = await startSystem({ ...forAll(env), templates: [failing] });
  await system.untilTask(await system.api.submit('failing', {}), 'blocked_by_failures');
  await Promise.all(membersOf(system).map((member) => member.stop()));
  return membersOf(system).map(({ output }) => output);
}

test('log_level says how much is logged', async () => {
  const debug = await readOutput({ LOG_LEVEL: 'debug' });
  const info = await readOutput({ LOG_LEVEL: 'info' });
  const error = await readOutput({ LOG_LEVEL: 'error' });
  for (const output of debug) expect(output).toContain('"level":"debug"');
  for (const output of info) {
    expect(output).toContain('"level":"info"');
    expect(output).not.toContain('"level":"debug"');
  }
  for (const output of error) expect(output).not.toMatch(/"level":"(debug|info|warn)"/);
});

test('log_format pretty writes lines for people instead of JSON', async () => {
  const lines = (outputs: readonly string[]) => outputs.flatMap((output) => output.trim().split('\n'));
  expect(lines(await readOutput({ LOG_LEVEL: 'info' })).every(isJson)).toBe(true);
  const pretty = lines(await readOutput({ LOG_LEVEL: 'info', TASKER__telemetry__log_format: 'pretty' }));
  expect(pretty.length).toBeGreaterThan(0);
  expect(pretty.some(isJson)).toBe(false);
});

test('a worker without namespaces serves those of the templates at template_path', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tasker-templates-'));
  try {
    mkdirSync(join(directory, 'inner'));
    const step = '{ name: one, handler: { callable: hold } }';
    for (const [file, namespace] of [
      ['order.yaml', 'shop'],
      ['inner/pay.yaml', 'bank'],
    ]) {
      const text = `name: any\nnamespace_name: ${namespace}\nversion: "1.0.0"\nsteps:\n  - ${step}\n`;
      writeFileSync(join(directory, file ?? ''), text);
    }
    const workerEnv = { WORKER_NAMESPACES: '', TASKER_TEMPLATE_PATH: directory };
    await using system = await startSystem({ orchestrations: 0, workerEnv });
    const response = await fetch(`${system.fleet.workers[0]?.url}/health`);
    const { namespaces } = (await response.json()) as { namespaces: string[] };
    expect(namespaces.sort()).toEqual(['bank', 'shop']);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Runs some tasks under tracing and gives the services whose spans came, once the processes have sent all of them. */
async function traceTasks(env: Readonly<Record<string, string>>, tasks: number) {
  await using collector = await startTraceCollector();
  const tracing = {
    TASKER__telemetry__tracing__enabled: 'true',
    TASKER__telemetry__tracing__endpoint: collector.endpoint,
    ...env,
  };
  const system = await startSystem({ ...forAll(tracing), templates: [shapeTemplate(LINEAR)] });
  try {
    for (let task = 0; task < tasks; task += 1) {
      await system.untilTask(await system.api.submit(LINEAR.name, { n: 2 }), 'complete');
    }
    // A process that stops sends what is left.
    await Promise.all(membersOf(system).map((member) => member.stop()));
  } finally {
    await system[Symbol.asyncDispose]();
  }
  return {
    services: [...new Set(collector.spans.map(({ service }) => service))].sort(),
    traces: new Set(collector.spans.map(({ traceId }) => traceId)).size,
  };
}

test('service_name names the processes in traces, and by default they are told apart', async () => {
  expect((await traceTasks({}, 1)).services).toEqual(['tasker-orchestration', 'tasker-worker']);
  expect((await traceTasks({ TASKER__telemetry__tracing__service_name: 'shop' }, 1)).services).toEqual(['shop']);
});

test('sample_ratio is the share of tasks that are traced', async () => {
  expect((await traceTasks({ TASKER__telemetry__tracing__sample_ratio: '0' }, 3)).traces).toBe(0);
  expect((await traceTasks({ TASKER__telemetry__tracing__sample_ratio: '1' }, 3)).traces).toBeGreaterThanOrEqual(3);
});

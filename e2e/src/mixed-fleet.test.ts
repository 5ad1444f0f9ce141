import type { FleetMember, FleetOptions } from '@tasker/testing';
import { SHAPES, shapeTemplate } from './shapes';
import { type System, startSystem } from './start-system';
import { submitUntilAcknowledged } from './submit-until-acknowledged';

const TASKS = 100;
const MODES = {
  orchestration: ['EventDrivenOnly', 'EventDrivenOnly', 'PollingOnly', 'Hybrid'],
  worker: ['EventDrivenOnly', 'PollingOnly', 'Hybrid'],
} as const;

const memberEnv: FleetOptions['memberEnv'] = (kind, index) => ({ TASKER_DEPLOYMENT_MODE: MODES[kind][index] ?? '' });

async function restart(member: FleetMember): Promise<void> {
  expect(await member.stop()).toEqual({ code: 0, signal: null });
  await member.start();
}

/** Submits an equal share of the tasks during the restart of each member. Gives the ids of all. */
async function submitDuringRestarts({ fleet }: System): Promise<readonly string[]> {
  const members = [...fleet.orchestrations, ...fleet.workers];
  const urls = fleet.orchestrations.map(({ url }) => url);
  const taskUuids: string[] = [];
  for (const [turn, member] of members.entries()) {
    const submit = (number: number) => {
      const from = number % urls.length;
      const rotated = [...urls.slice(from), ...urls.slice(0, from)];
      const name = SHAPES[number % SHAPES.length]?.name ?? '';
      return submitUntilAcknowledged(rotated, name, { n: 2 }, `task ${number}`);
    };
    const own = Array.from({ length: TASKS }, (_, number) => number).filter(
      (number) => number % members.length === turn,
    );
    const [submitted] = await Promise.all([Promise.all(own.map(submit)), restart(member)]);
    taskUuids.push(...submitted);
  }
  return taskUuids;
}

/** Gives the mode that each member reports. */
function readModes(members: readonly FleetMember[]): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    members.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /^tasker_deployment_mode\{mode="(.*)"\} 1$/m.exec(text)?.[1];
    }),
  );
}

test('a fleet of all modes completes every task though each member is restarted, each step effective once', async () => {
  const counts = { orchestrations: MODES.orchestration.length, workers: MODES.worker.length };
  await using system = await startSystem({
    ...counts,
    memberEnv,
    templates: SHAPES.map((shape) => shapeTemplate(shape)),
  });
  const taskUuids = await submitDuringRestarts(system);
  expect(new Set(taskUuids).size).toBe(TASKS);
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');

  const { rows } = await system.pool.query(`
    select s.step_uuid from tasker.steps s left join tasker.step_transitions l using (step_uuid)
    group by s.step_uuid having count(*) filter (where l.to_state = 'complete') <> 1`);
  expect(rows).toEqual([]);
  expect(await readModes(system.fleet.orchestrations)).toEqual(['event_driven', 'event_driven', 'polling', 'hybrid']);
  expect(await readModes(system.fleet.workers)).toEqual(['event_driven', 'polling', 'hybrid']);
  await system.expectInvariants();
}, 240_000);

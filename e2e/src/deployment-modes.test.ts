import { LINEAR, MIXED, shapeTemplate, TREE } from './shapes';
import { startSystem } from './start-system';

test.each(['Hybrid', 'EventDrivenOnly', 'PollingOnly'])(
  'workers in mode %s finish tasks, retries included',
  async (mode) => {
    const templates = [LINEAR, MIXED, TREE].map((shape) => shapeTemplate(shape));
    await using system = await startSystem({ workers: 2, workerEnv: { TASKER_DEPLOYMENT_MODE: mode }, templates });
    const fail = { step_3: { kind: 'transient', times: 2 } };
    const taskUuids = [
      await system.api.submit(LINEAR.name, { n: 2, fail }),
      await system.api.submit(MIXED.name, { n: 2 }),
      await system.api.submit(TREE.name, { n: 2 }),
    ];
    for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');
    expect((await system.api.step(taskUuids[0] ?? '', 'step_3')).attempts).toBe(3);
    await system.expectInvariants();
  },
);

import { canStartRabbitMqNode, type RabbitMqNode, startRabbitMqNode } from '@tasker/embedded-rabbitmq';
import { until } from '@tasker/testing';
import { LINEAR, SHAPES, shapeTemplate } from './shapes';
import { openSilentLink, type SilentLink } from './silent-link';
import { type System, startSystem } from './start-system';
import { submitUntilAcknowledged } from './submit-until-acknowledged';
import { useRabbitMq } from './test-backend';

/** Only a node of its own may be killed. */
const testWithNode = canStartRabbitMqNode() ? test : test.skip;

let node: RabbitMqNode;
let link: SilentLink;
let system: System;
let number = 0;

beforeAll(async () => {
  node = await startRabbitMqNode();
  link = await openSilentLink(node.url);
  system = await startSystem({
    orchestrations: 2,
    workers: 2,
    workerEnv: { TASKER__orchestration__health__health_check_interval_ms: '500' },
    useBackend: (pool) => useRabbitMq(pool, link.url, { TASKER__rabbitmq__heartbeat_seconds: '2' }),
    templates: SHAPES.map((shape) => shapeTemplate(shape)),
  });
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
  await node?.stop();
});

/** Submits tasks until told to stop; gives the ids of all that were acknowledged. */
function submitForAWhile(): { stop(): Promise<readonly string[]> } {
  let isOver = false;
  const urls = system.fleet.orchestrations.map(({ url }) => url);
  const client = async () => {
    const acknowledged: string[] = [];
    while (!isOver) acknowledged.push(await submitUntilAcknowledged(urls, LINEAR.name, { n: 2 }, `task ${number++}`));
    return acknowledged;
  };
  const clients = Promise.all([client(), client()]);
  return {
    async stop() {
      isOver = true;
      return (await clients).flat();
    },
  };
}

const completeCount = async () => {
  const { rows } = await system.pool.query(`select count(*)::integer as n from tasker.tasks where state = 'complete'`);
  return rows[0].n as number;
};
const untilMore = async (what: string, count: number) => {
  const before = await completeCount();
  await until(what, async () => (await completeCount()) >= before + count);
};

/** Waits until the health of every worker has this word for the broker. */
const untilWorkersSay = (status: string) =>
  until(`the broker is ${status} for the workers`, async () => {
    const reports = system.fleet.workers.map(async ({ url }) => {
      const report = (await (await fetch(`${url}/health/detailed`)).json()) as { message_queue: { status: string } };
      return report.message_queue.status;
    });
    return (await Promise.all(reports)).every((one) => one === status);
  });

/** Loads the system, harms its broker in the middle and mends it; then everything that was acknowledged has to end. */
async function surviveUnderLoad(harm: () => Promise<void>, mend: () => Promise<void>): Promise<void> {
  const load = submitForAWhile();
  await untilMore('tasks complete before', 10);
  await harm();
  await mend();
  await untilMore('tasks complete after', 10);
  const taskUuids = await load.stop();
  expect(taskUuids.length).toBeGreaterThanOrEqual(20);
  for (const taskUuid of taskUuids) await system.untilTask(taskUuid, 'complete');
  await system.expectInvariants();
}

testWithNode('a broker that is killed under load and started again costs no task', async () => {
  await surviveUnderLoad(
    async () => {
      await node.kill();
      await untilWorkersSay('disconnected');
    },
    () => node.restart(),
  );
  await untilWorkersSay('connected');
});

testWithNode('a broker that stands still for longer than its heartbeats costs no task', async () => {
  await surviveUnderLoad(
    async () => {
      const before = system.fleet.orchestrations.map(({ output }) => output.length);
      await node.freeze();
      await until('the loss is noticed', () =>
        system.fleet.orchestrations.every(({ output }, index) => /heartbeat/i.test(output.slice(before[index]))),
      );
    },
    () => node.thaw(),
  );
});

testWithNode('connections on which nothing passes any more are replaced, and cost no task', async () => {
  await surviveUnderLoad(
    async () => link.goSilent(),
    async () => link.restore(),
  );
});

testWithNode('queues that somebody deletes with all that is in them cost no task', async () => {
  await surviveUnderLoad(
    async () => {
      const { provider } = system.backend;
      for (const queue of ['worker_e2e_queue', 'orchestration_step_results']) await provider?.deleteQueue(queue);
    },
    async () => {},
  );
});

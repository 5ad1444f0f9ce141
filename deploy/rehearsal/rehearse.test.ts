import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testBrokerUrl } from '@tasker/embedded-rabbitmq';
import { type PackedImages, packImages } from './pack-images';
import { type Backend, rehearse } from './rehearse';

const brokerUrl = testBrokerUrl();
const SERVICES = ['orchestration', 'worker', 'orchestration-polling'];

let place: string;
let images: PackedImages;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'tasker-images-'));
  images = await packImages(place);
});

afterAll(() => rm(place, { recursive: true, force: true }));

async function expectWell(backend: Backend): Promise<void> {
  const result = await rehearse({
    backend,
    images,
    replicasMax: 1,
    databaseUrl: process.env.TASKER_TEST_DATABASE_URL,
    brokerUrl: brokerUrl ?? undefined,
    report: () => {},
  });
  expect(result).toMatchObject({ problems: [], logs: null });
  expect(result.acknowledgedCount).toBeGreaterThan(0);
  expect(result.completeCount).toBe(result.acknowledgedCount);
  const firstAndSecond = SERVICES.flatMap((name) => [`${name} 1`, `${name} 2`]);
  expect(result.replacements.map(({ replica }) => replica).sort()).toEqual(firstAndSecond.sort());
  expect(result.scales.map(({ service }) => service)).toEqual(SERVICES);
}

test('the production stack in mixed mode is replaced under load without loss', () => expectWell('pgmq'));

(brokerUrl === null ? test.skip : test)('the same over RabbitMQ', () => expectWell('rabbitmq'));

import { runProviderConformance } from '../conformance';
import { RabbitMqProvider } from './rabbitmq-provider';

const url = process.env.TASKER_TEST_RABBITMQ_URL as string;
const prefix = `conformance-${process.pid}`;

runProviderConformance({
  name: 'rabbitmq',
  create: () => new RabbitMqProvider({ url, prefix }),
  api: { describe, test },
});

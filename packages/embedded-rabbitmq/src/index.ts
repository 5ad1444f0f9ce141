export { RabbitMqStartError, RabbitMqUnavailableError } from './errors';
export { canStartRabbitMqNode, type RabbitMqNode, type RabbitMqNodeOptions, startRabbitMqNode } from './start-node';
export { type RabbitMqServer, startRabbitMq } from './start-rabbitmq';
export { startTestBroker, TEST_BROKER_VARIABLE, testBrokerUrl } from './test-broker';

// The suites of this project run over RabbitMQ.
process.env.TASKER_E2E_BACKEND = 'rabbitmq';

import type { PackedImage } from './pack-images';
import type { StackService } from './read-stack';
import { type Machine, toContainer } from './to-container';

const image: PackedImage = {
  root: '/images/worker',
  recipe: {
    copies: [{ from: 'worker-files', source: '/out', destination: '/app' }],
    environment: { TASKER_HANDLERS: '/app/handlers', TASKER_ENV: 'development' },
    user: { uid: 10001, gid: 10001 },
    workdir: '/app',
    entrypoint: ['tini', '--', 'node'],
    command: ['/app/main.js'],
    ports: [8081, 9191],
  },
};
const service: StackService = {
  image: 'tasker-worker:1',
  environment: {
    TASKER_ENV: 'production',
    DATABASE_URL_FILE: '/run/secrets/database_url',
    RABBITMQ_URL_FILE: '/run/secrets/rabbitmq_url',
  },
  secrets: ['database_url'],
  stop_grace_period: '45s',
  healthcheck: {
    test: ['CMD', 'node', '/app/check.mjs', '8081', '/application'],
    interval: '10s',
    timeout: '5s',
    retries: 3,
    start_period: '30s',
  },
};
const machine: Machine = {
  programs: '/images/bin',
  secrets: '/place/secrets',
  logs: '/place/logs',
  canChangeUser: true,
  environment: { TASKER__rabbitmq__queue_prefix: 'one' },
};
const ports = { web: 18_081, grpc: 19_191 };

test('a replica is started as the file says, with the paths, the ports and the user of this machine', () => {
  expect(toContainer('worker 1', service, image, machine, ports)).toEqual({
    name: 'worker 1',
    command: ['node', '/images/worker/app/main.js'],
    environment: {
      TASKER_HANDLERS: '/images/worker/app/handlers',
      TASKER_ENV: 'production',
      DATABASE_URL_FILE: '/place/secrets/database_url',
      // The service does not name this secret, so it has none.
      RABBITMQ_URL_FILE: '/run/secrets/rabbitmq_url',
      PATH: '/images/bin',
      TASKER_WEB_BIND_ADDRESS: '127.0.0.1:18081',
      TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: '127.0.0.1:19191',
      TASKER_WORKER_GRPC_BIND_ADDRESS: '127.0.0.1:19191',
      TASKER__rabbitmq__queue_prefix: 'one',
    },
    workdir: '/images/worker/app',
    user: { uid: 10001, gid: 10001 },
    logFile: '/place/logs/worker-1.log',
    health: {
      command: ['node', '/images/worker/app/check.mjs', '18081', '/application'],
      timeoutMs: 5_000,
      deadlineMs: 60_000,
    },
    stopGraceMs: 45_000,
  });
});

test('without root it is the user of this process; a command of the service wins; a shell is refused', () => {
  const own = { ...service, command: ['/app/other.js'] };
  expect(toContainer('a', own, image, { ...machine, canChangeUser: false }, ports)).toMatchObject({
    user: null,
    command: ['node', '/images/worker/app/other.js'],
  });
  const inShell = {
    ...service,
    healthcheck: { test: ['CMD-SHELL', 'true'], interval: '1s', timeout: '1s', retries: 1 },
  };
  expect(() => toContainer('a', inShell, image, machine, ports)).toThrow('of the kind CMD-SHELL');
});

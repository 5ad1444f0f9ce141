const { execFileSync } = require('node:child_process');

const IMAGE = 'postgres:18';
const ENGINE_TIMEOUT_MS = 10_000;
/** Throw-away data need not reach the disk, and several suites run at once; the rest is what the embedded server has as well. */
const SETTINGS = { fsync: 'off', max_connections: '400' };
const CONTAINER_SETTINGS = { ...SETTINGS, shared_preload_libraries: 'pg_stat_statements' };

function hasDockerEngine() {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: ENGINE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

async function startContainer() {
  const { GenericContainer, Wait } = require('testcontainers');
  const settings = Object.entries(CONTAINER_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ POSTGRES_USER: 'tasker', POSTGRES_PASSWORD: 'tasker', POSTGRES_DB: 'tasker' })
    .withCommand(['postgres', ...settings])
    .withExposedPorts(5_432)
    // The first start is that of the initialisation, which ends again.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start();
  return {
    connectionString: `postgresql://tasker:tasker@${container.getHost()}:${container.getMappedPort(5_432)}/tasker`,
    description: `container ${IMAGE}, thrown away afterwards`,
    stop: async () => void (await container.stop()),
  };
}

/**
 * Gives a PostgreSQL for a run of suites: the one of TASKER_TEST_DATABASE_URL, a container when a Docker engine answers, the one
 * of DATABASE_URL, the embedded one, an installed one. The embedded one comes before an installed one, since its version is known.
 */
module.exports = async function startTestPostgres() {
  const own = process.env.TASKER_TEST_DATABASE_URL;
  if (!own && hasDockerEngine()) return startContainer();
  const given = own || process.env.DATABASE_URL;
  if (given) return { connectionString: given, description: 'the server that is given', stop: async () => {} };
  const { startPostgres } = require('@tasker/embedded-postgres');
  const server = await startPostgres({ settings: SETTINGS });
  const description = `${server.source} ${server.version}, thrown away afterwards`;
  return { connectionString: server.connectionString, description, stop: () => server.stop() };
};

import { rmSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { checkOutcome, findErrorLines, type Outcome, untilSettled, untilStepRuns } from './check-outcome';
import { openBroker, type RehearsalBroker } from './open-broker';
import { openDatabase, type RehearsalDatabase } from './open-database';
import { type PackedImages, ROOT, templatesIn } from './pack-images';
import { readStack, type Stack, type StackService } from './read-stack';
import { type Replacement, RunningStack, type Scale } from './running-stack';
import { type Submission, submitTasks } from './submit-tasks';
import type { Machine } from './to-container';

export const BACKENDS = ['pgmq', 'rabbitmq'] as const;

/** What delivers the messages. */
export type Backend = (typeof BACKENDS)[number];

/** What to rehearse, and with what. */
export interface RehearsalOptions {
  readonly backend: Backend;
  readonly images: PackedImages;
  /** At most so many replicas of each service. */
  readonly replicasMax: number;
  /** A server where a database may be created; without one a throw-away server is started. */
  readonly databaseUrl: string | undefined;
  /** Without one, what the test suites would take. */
  readonly brokerUrl: string | undefined;
  readonly report: (line: string) => void;
}

/** How a rehearsal went. */
export interface RehearsalResult extends Outcome {
  readonly backend: Backend;
  readonly scales: readonly Scale[];
  /** User id of the processes. */
  readonly uid: number;
  readonly acknowledgedCount: number;
  readonly repeatedCount: number;
  readonly replacements: readonly Replacement[];
  /** Kept when there are problems, else null. */
  readonly logs: string | null;
}

const BASE_FILES = ['docker-compose.production.yml', 'docker-compose.production.mixed-mode.yml'];
const FILES: Readonly<Record<Backend, readonly string[]>> = {
  pgmq: BASE_FILES,
  rabbitmq: [
    ...BASE_FILES,
    'docker-compose.production.rabbitmq.yml',
    'docker-compose.production.mixed-mode.rabbitmq.yml',
  ],
};
/** What the stack wants to be given. */
const VARIABLES = {
  VERSION: 'rehearsal',
  WORKER_IMAGE: 'tasker-worker:rehearsal',
  WORKER_NAMESPACES: 'shop,analytics',
};
const TEMPLATES = ['order_fulfilment.yaml', 'flight_delays.yaml'];

type User = PackedImages['images']['cli']['recipe']['user'];

/** Only the user of the images may read the secrets, as they may hold the password of a real server. */
async function writeSecrets(directory: string, secrets: Readonly<Record<string, string>>, user: User): Promise<void> {
  await mkdir(directory);
  for (const [name, value] of Object.entries(secrets)) {
    const file = join(directory, name);
    await writeFile(file, value, { mode: 0o400 });
    if (user !== null) await chown(file, user.uid, user.gid);
  }
}

const filesOf = (backend: Backend) => FILES[backend].map((name) => join(ROOT, 'deploy/compose', name));

function getService(stack: Stack, name: string): StackService {
  const service = stack.services[name];
  if (service === undefined) throw new Error(`the stack has no service ${name}`);
  return service;
}

/** Only root may start a process as somebody else. */
const canChangeUser = () => process.getuid?.() === 0;

async function prepareMachine(
  place: string,
  { images, programs }: PackedImages,
  secrets: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<Machine> {
  await chmod(place, 0o755);
  const machine = { programs, secrets: join(place, 'secrets'), logs: join(place, 'logs'), environment };
  await mkdir(machine.logs);
  await writeSecrets(machine.secrets, secrets, canChangeUser() ? images.orchestration.recipe.user : null);
  return { ...machine, canChangeUser: canChangeUser() };
}

/** As an operator does, with the command line's image. */
async function registerTemplates(running: RunningStack, stack: Stack, { images }: PackedImages): Promise<void> {
  const [url = ''] = running.urlsOf('orchestration');
  const command = ['template', 'register', ...TEMPLATES.map((file) => join(templatesIn(images.worker), file))];
  const service = { ...getService(stack, 'migrate'), command, environment: { TASKER_ORCHESTRATION_URL: url } };
  await running.run('register', service, images.cli);
}

const problemsOf = (replacements: readonly Replacement[]) =>
  replacements.flatMap(({ replica, exitCode, hasLeftovers }) => [
    ...(exitCode === 0 ? [] : [`${replica} ended with ${exitCode ?? 'SIGKILL'}`]),
    ...(hasLeftovers ? [`${replica} left processes`] : []),
  ]);

/** Replaces all processes while tasks run, and stops them when all tasks are over. */
async function updateUnderLoad(
  running: RunningStack,
  pool: Pool,
  report: RehearsalOptions['report'],
): Promise<{ readonly submission: Submission; readonly replacements: readonly Replacement[] }> {
  const submission = submitTasks(() => running.urlsOf('orchestration'));
  const replacements: Replacement[] = [];
  try {
    for (const name of running.serviceNames) {
      const replaced = await running.update(name, () => untilStepRuns(pool));
      replacements.push(...replaced);
      const times = replaced.map(({ stopMs }) => `${(stopMs / 1_000).toFixed(1)} s`).join(', ');
      report(`${name}: ${replaced.length} replaced, stopped in ${times}`);
      running.requireAllRunning();
    }
  } finally {
    await submission.stop();
  }
  await untilSettled(pool);
  return { submission, replacements: [...replacements, ...(await running.stop())] };
}

interface Scene {
  readonly stack: Stack;
  readonly machine: Machine;
  readonly database: RehearsalDatabase;
  readonly broker: RehearsalBroker | null;
}

async function perform({ backend, images, replicasMax, report }: RehearsalOptions, scene: Scene) {
  const { stack, machine, database, broker } = scene;
  await using running = new RunningStack({ stack, images: images.images, machine, replicasMax });
  report(`${running.scales.map(({ service, replicas, given }) => `${service} ${replicas} of ${given}`).join(', ')}`);
  await running.start();
  try {
    report('migrated and started');
    await registerTemplates(running, stack, images);
    const { submission, replacements } = await updateUnderLoad(running, database.pool, report);
    const { taskUuids, repeatedCount } = submission;
    const outcome = await checkOutcome(database.pool, taskUuids, { hasBroker: broker !== null });
    const deadCount = (await broker?.removeQueues(database.pool)) ?? 0;
    const problems = [
      ...problemsOf(replacements),
      ...outcome.problems,
      ...(deadCount === 0 ? [] : [`the broker has ${deadCount} dead letters`]),
      ...findErrorLines(machine.logs),
    ];
    const acknowledgedCount = taskUuids.length;
    return { ...outcome, backend, scales: running.scales, acknowledgedCount, repeatedCount, replacements, problems };
  } catch (error) {
    await running.stop();
    await broker?.removeQueues(database.pool);
    throw error;
  }
}

/**
 * Runs the production stack in mixed mode as processes of this machine, replaces every replica while tasks run, and checks that
 * nothing was lost or done twice. Takes about half a minute.
 *
 * @throws {Error} with the place of the logs when it cannot be performed; what it finds wrong is in `problems`
 */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalResult> {
  const { backend, images, report } = options;
  const stack = readStack(filesOf(backend), VARIABLES);
  await using database = await openDatabase(getService(stack, 'postgres'), options.databaseUrl);
  await using broker = backend === 'rabbitmq' ? await openBroker(options.brokerUrl) : null;
  report(`${backend}: ${[database, broker].flatMap((server) => server?.description ?? []).join('; ')}`);
  const place = await mkdtemp(join(tmpdir(), 'tasker-rehearsal-'));
  const secrets = { database_url: database.url, ...(broker === null ? {} : { rabbitmq_url: broker.url }) };
  const machine = await prepareMachine(place, images, secrets, broker?.environment ?? {});
  const removeSecrets = () => rmSync(machine.secrets, { recursive: true, force: true });
  process.once('exit', removeSecrets);
  try {
    const result = await perform(options, { stack, machine, database, broker });
    const uid = (machine.canChangeUser ? images.images.orchestration.recipe.user?.uid : process.getuid?.()) ?? 0;
    if (result.problems.length > 0) return { ...result, uid, logs: machine.logs };
    await rm(place, { recursive: true });
    return { ...result, uid, logs: null };
  } catch (error) {
    throw new Error(
      `${(error as Error).message}
The logs are in ${machine.logs}`,
      { cause: error },
    );
  }
}

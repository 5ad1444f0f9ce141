import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { packImages } from './pack-images';
import { BACKENDS, type Backend, type RehearsalOptions, type RehearsalResult, rehearse } from './rehearse';

interface Options {
  readonly backend: Backend | 'both';
  readonly replicas: number;
  readonly images?: string;
  readonly json: boolean;
}

/** What became of one rehearsal; an error when it could not be performed. */
type Report = RehearsalResult | { readonly backend: Backend; readonly error: string };

function parseReplicas(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

const isWell = (report: Report) => !('error' in report) && report.problems.length === 0;

function describe(report: Report): string {
  if ('error' in report) return `${report.backend}: FAILED\n${report.error}`;
  const { backend, acknowledgedCount, completeCount, stepCount, replacements, repeatedCount, uid } = report;
  const counts = `${acknowledgedCount} tasks acknowledged, ${completeCount} complete with ${stepCount} steps`;
  const ends = `${replacements.length} processes stopped, ${repeatedCount} requests repeated, user ${uid}`;
  if (isWell(report)) return `${backend}: well. ${counts}; ${ends}`;
  return `${backend}: NOT WELL. ${counts}; ${ends}\n${report.problems.join('\n')}\nThe logs are in ${report.logs}`;
}

async function perform(options: RehearsalOptions): Promise<Report> {
  return rehearse(options).catch((error: Error) => ({ backend: options.backend, error: error.message }));
}

/** A folder that goes with this process. */
function makePlace(): string {
  const place = mkdtempSync(join(tmpdir(), 'tasker-images-'));
  process.once('exit', () => rmSync(place, { recursive: true, force: true }));
  return place;
}

async function run({ backend, replicas, images: given, json }: Options): Promise<void> {
  const startedAt = performance.now();
  const report = (line: string) =>
    console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const place = given === undefined ? makePlace() : resolve(given);
  const reports: Report[] = [];
  const images = await packImages(place);
  report(`packed the images into ${place}`);
  const { DATABASE_URL: databaseUrl, RABBITMQ_URL: brokerUrl } = process.env;
  for (const one of BACKENDS.filter((name) => backend === 'both' || backend === name)) {
    const options = { backend: one, images, replicasMax: replicas, databaseUrl, brokerUrl, report };
    const result = await perform(options);
    report(describe(result));
    reports.push(result);
  }
  if (json) console.log(JSON.stringify(reports, null, 2));
  if (!reports.every(isWell)) process.exitCode = 1;
}

const program = new Command('rehearse')
  .description(
    'Runs the production stack of deploy/compose from packed images as processes, replaces them one by one under load, and checks the outcome. On DATABASE_URL and RABBITMQ_URL, or on throw-away servers.',
  )
  .addOption(new Option('--backend <name>', 'what delivers messages').choices([...BACKENDS, 'both']).default('both'))
  .option('--replicas <count>', 'replicas of each service at the most', parseReplicas, 2)
  .option('--images <directory>', 'where the packed images are kept; packed when they are not there')
  .option('--json', 'write the results as JSON', false)
  .action(run);

// Their handlers kill what was started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

program.parseAsync().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

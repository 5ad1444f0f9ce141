// Builds the images, and with --check starts them on a throw-away PostgreSQL and asks after their health.
//   node deploy/docker/build-images.mjs [--check] [--version 1.0.0] [--base IMAGE]
// Takes the Docker engine that answers, else buildah as root, else says what is missing and exits with 3.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkImages } from './check-images.mjs';
import { findEngine } from './engines.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TARGETS = ['orchestration', 'worker', 'cli'];
const { version: VERSION } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const EXAMPLE = join(root, 'examples', 'order-fulfilment');

/** The build uses the registry that npm uses here. */
function registryArguments() {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' });
  const registry = stdout?.trim() ?? '';
  return registry === '' ? {} : { NPM_CONFIG_REGISTRY: registry };
}

function revision() {
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return stdout?.trim() || 'unknown';
}

async function main() {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      version: { type: 'string', default: VERSION },
      base: { type: 'string' },
    },
  });
  const { engine, missing } = findEngine();
  if (engine === null) {
    console.error(`No image was built: ${missing.join('; ')}.`);
    process.exitCode = 3;
    return;
  }
  const base = values.base ?? engine.prepareBase();
  const buildArguments = { BASE: base, VERSION: values.version, REVISION: revision(), ...registryArguments() };
  for (const target of TARGETS) {
    const tags = [`tasker-${target}:${values.version}`, `tasker-${target}:latest`];
    console.log(`building ${tags[0]} with ${engine.name} on ${base}`);
    engine.build({ file: join(root, 'deploy/docker/Dockerfile'), context: root, target, tags, buildArguments });
  }
  const example = { tags: ['tasker-worker-example:latest'], context: EXAMPLE, file: join(EXAMPLE, 'Dockerfile') };
  engine.build({ ...example, buildArguments: { WORKER_IMAGE: engine.reference(`tasker-worker:${values.version}`) } });
  if (values.check) await checkImages(engine, values.version);
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

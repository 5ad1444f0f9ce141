import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ImageRecipe, readCommands, readRecipe } from './read-dockerfile';

/** The root of the repository. */
export const ROOT = join(__dirname, '../..');

const TARGETS = ['orchestration', 'worker', 'cli'] as const;
/** The stage that others take the sources from, and where it has them. */
const SOURCES = { stage: 'build', folder: '/source' } as const;
/** Where the stages leave what they pack. */
const OUTPUT = '/out';
/** Tells that everything is there. */
const MARKER = 'packed';

/** A target of the Dockerfile. */
export type ImageName = (typeof TARGETS)[number];

/** An image as a folder. */
export interface PackedImage {
  /** Its root file system: only what the Dockerfile copies. */
  readonly root: string;
  readonly recipe: ImageRecipe;
}

/** All images, and the one program that they have from their base. */
export interface PackedImages {
  readonly images: Readonly<Record<ImageName, PackedImage>>;
  /** A folder with `node` alone. */
  readonly programs: string;
}

async function runInShell(script: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn('sh', ['-ec', script], {
    cwd: ROOT,
    // Installing the workspace has brought all that is needed.
    env: { ...process.env, CI: 'true', npm_config_prefer_offline: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`packing failed with ${code}:\n${Buffer.concat(output)}`);
}

/** Runs the commands of a stage over the built workspace instead of the build stage's copy of it. */
async function runStage(dockerfile: string, stage: string, destination: string): Promise<void> {
  const { packageManager } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const commands = readCommands(dockerfile, stage);
  if (commands.length === 0) throw new Error(`the stage ${stage} of the Dockerfile makes nothing`);
  const script = commands.join('\n').replaceAll(OUTPUT, '"$DESTINATION"');
  await mkdir(dirname(destination), { recursive: true });
  await runInShell(`pnpm() { npx --yes ${packageManager} "$@"; }\n${script}`, { DESTINATION: destination });
}

async function packImage(dockerfile: string, { root, recipe }: PackedImage): Promise<void> {
  for (const { from, source, destination } of recipe.copies) {
    const target = join(root, destination);
    if (from === SOURCES.stage) {
      await cp(join(ROOT, source.slice(SOURCES.folder.length)), target, { recursive: true });
    } else if (from !== null && source === OUTPUT) await runStage(dockerfile, from, target);
    else throw new Error(`nothing is known of a copy from ${from ?? 'the context'} of ${source}`);
  }
}

/**
 * Makes the images of the Dockerfile as folders below `directory`, by the commands of its own stages, from what is built in the
 * workspace. What an earlier call has left there is used again. They are readable for every user.
 */
export async function packImages(directory: string): Promise<PackedImages> {
  const dockerfile = await readFile(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8');
  const describe = (name: ImageName) => ({ root: join(directory, name), recipe: readRecipe(dockerfile, name) });
  const images = { orchestration: describe('orchestration'), worker: describe('worker'), cli: describe('cli') };
  const programs = join(directory, 'bin');
  if (existsSync(join(directory, MARKER))) return { images, programs };
  await mkdir(programs, { recursive: true });
  await chmod(directory, 0o755);
  // Copied, since the folder it is in may be closed to the user of the images.
  await cp(process.execPath, join(programs, 'node'));
  await Promise.all(TARGETS.map((name) => packImage(dockerfile, images[name])));
  await addExamples(images.worker);
  await writeFile(join(directory, MARKER), '');
  return { images, programs };
}

const EXAMPLES = ['order-fulfilment', 'data-pipeline'] as const;
/** What the handlers of the examples need that is not in the worker's image. */
const PACKAGES_OF_HANDLERS = ['vega-datasets'] as const;

/** Where the image has the templates of the examples; a worker does not read them. */
export const templatesIn = (image: PackedImage) => join(image.root, 'templates');

/** What the Dockerfile of somebody's handlers does: `FROM tasker-worker`, `COPY handlers/ /app/handlers/`. */
async function addExamples(worker: PackedImage): Promise<void> {
  const handlers = join(worker.root, worker.recipe.environment.TASKER_HANDLERS ?? '');
  for (const name of EXAMPLES) {
    const example = join(ROOT, 'examples', name);
    await cp(join(example, 'dist'), join(handlers, name), { recursive: true });
    await cp(join(example, 'templates'), templatesIn(worker), { recursive: true });
  }
  for (const name of PACKAGES_OF_HANDLERS) {
    const installed = join(ROOT, 'examples/data-pipeline/node_modules', name);
    await cp(installed, join(handlers, 'node_modules', name), { recursive: true, dereference: true });
  }
}

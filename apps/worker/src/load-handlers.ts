import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DuplicateHandlerError, type Handler, handlerNameOf, isHandler } from '@tasker/worker-sdk';
import { HandlerModuleError } from './errors';

/** Gives what the module in a file exports. */
export type ModuleImporter = (file: string) => Promise<Record<string, unknown>>;

const MODULE_EXTENSIONS: ReadonlySet<string> = new Set(['.js', '.cjs', '.mjs']);
const SKIPPED_FILE = /\.(test|spec)\.[cm]?js$/;

/**
 * Gives every handler that the modules export, under any export name. A path is a module's file (ES or CommonJS) or a
 * directory, whose modules are loaded with those of its sub-directories; hidden entries, tests and `node_modules` are not.
 * Links are followed for the paths that were given, and for nothing below them that leads elsewhere.
 * @throws {HandlerModuleError} when a path is not there, a module cannot be loaded, a path has no handlers, or two
 * different handlers have one name
 */
export async function loadHandlers(
  paths: readonly string[],
  importModule: ModuleImporter = importNatively,
): Promise<readonly Handler[]> {
  const byName = new Map<string, Handler>();
  for (const path of paths) {
    const files = await findModules(path);
    const found = (await Promise.all(files.map((file) => loadModule(file, importModule)))).flat();
    if (found.length === 0)
      throw new HandlerModuleError(`${path}: none of its ${files.length} module(s) exports a handler`);
    for (const handler of found) addHandler(byName, handler, path);
  }
  return [...byName.values()];
}

function addHandler(byName: Map<string, Handler>, handler: Handler, path: string): void {
  const name = handlerNameOf(handler);
  const known = byName.get(name);
  if (known !== undefined && known !== handler) {
    throw new HandlerModuleError(`${path}: ${new DuplicateHandlerError(name).message}`);
  }
  byName.set(name, handler);
}

async function findModules(path: string): Promise<string[]> {
  const root = await realpath(resolve(path)).catch((cause: unknown) => {
    throw new HandlerModuleError(`${path}: there is no such file or directory`, { cause });
  });
  if ((await stat(root)).isDirectory()) return (await listModules(root, root)).sort();
  if (MODULE_EXTENSIONS.has(extname(root))) return [root];
  const hint = /\.[cm]?ts$/.test(root) ? ': compile it first' : '';
  throw new HandlerModuleError(`${path}: is no JavaScript module (.js, .cjs, .mjs)${hint}`);
}

async function listModules(directory: string, root: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const path = await realpath(join(directory, entry.name)).catch(() => null);
    if (path === null || !path.startsWith(root + sep)) continue;
    if (entry.isDirectory()) files.push(...(await listModules(path, root)));
    else if (MODULE_EXTENSIONS.has(extname(path)) && !SKIPPED_FILE.test(path)) files.push(path);
  }
  return files;
}

async function loadModule(file: string, importModule: ModuleImporter): Promise<Handler[]> {
  const exported = await importModule(file).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HandlerModuleError(`${file}: cannot be loaded: ${reason}`, { cause });
  });
  const values = Object.values(exported).flatMap((value) => [value, ...membersOf(value)]);
  return [...new Set(values.filter(isHandler))];
}

/** `import` takes ES and CommonJS modules alike. */
function importNatively(file: string): Promise<Record<string, unknown>> {
  return import(pathToFileURL(file).href);
}

/** The exports of a CommonJS module arrive as the default export; a record of handlers may be exported as well. */
function membersOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null && !isHandler(value) ? Object.values(value) : [];
}

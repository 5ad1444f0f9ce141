import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTemplate, type TaskTemplate } from '@tasker/workflow';
import { usageError } from '../errors';
import { formatTemplateError } from '../view/format-template-error';

/** A template file and what is in it. */
export interface TemplateFile {
  readonly file: string;
  readonly template: TaskTemplate;
}

async function listFiles(path: string): Promise<string[]> {
  const entry = await stat(path).catch(() => null);
  if (entry === null) throw usageError(`there are no templates at ${path}: name their directory with --templates`);
  if (entry.isFile()) return [path];
  const names = (await readdir(path, { recursive: true })).filter((name) => /\.ya?ml$/.test(name)).sort();
  return names.filter((name) => !name.includes('node_modules')).map((name) => join(path, name));
}

/** Reads all templates below the given paths. @throws {CliError} when there are none, or with all their mistakes. */
export async function findTemplates(paths: readonly string[]): Promise<readonly TemplateFile[]> {
  const files = (await Promise.all(paths.map(listFiles))).flat();
  if (files.length === 0) throw usageError(`there are no .yaml files below ${paths.join(', ')}`);
  const mistakes: string[] = [];
  const found: TemplateFile[] = [];
  for (const file of files) {
    const parsed = parseTemplate(await readFile(file, 'utf8'), { fileName: file });
    if (parsed.ok) found.push({ file, template: parsed.template });
    else mistakes.push(...parsed.errors.map((error) => formatTemplateError(file, error)));
  }
  if (mistakes.length > 0) throw usageError(`the templates are not valid:\n${mistakes.join('\n')}`);
  return found;
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTemplate } from '@tasker/workflow';
import { SettingsError } from './errors';

const YAML_FILE = /\.ya?ml$/;

/**
 * Gives the namespaces of the templates at `path`, sorted: a YAML file, or a directory with all that is below it.
 * @throws {SettingsError} when nothing is there, or a template is not valid
 */
export async function findTemplateNamespaces(path: string): Promise<readonly string[]> {
  const files = await listTemplates(path);
  const namespaces = new Set<string>();
  const problems: string[] = [];
  for (const file of files) {
    const parsed = parseTemplate(await readFile(file, 'utf8'), { fileName: file });
    if (parsed.ok) namespaces.add(parsed.template.namespace);
    else problems.push(...parsed.errors.map(({ message }) => `${file}: ${message}`));
  }
  if (files.length === 0) problems.push(`TASKER_TEMPLATE_PATH: there are no .yaml files at ${path}`);
  if (problems.length > 0) throw new SettingsError(problems);
  return [...namespaces].sort();
}

async function listTemplates(path: string): Promise<string[]> {
  const entry = await stat(path).catch(() => null);
  if (entry === null) throw new SettingsError([`TASKER_TEMPLATE_PATH: there is no ${path}`]);
  if (entry.isFile()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => YAML_FILE.test(name))
    .map((name) => join(path, name))
    .sort();
}

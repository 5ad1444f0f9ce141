import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** The folder of this package. */
export const DEPLOY = join(__dirname, '..');
/** The root of the repository. */
export const ROOT = join(DEPLOY, '..');

/** Parses a YAML file below `deploy`; merge keys (`<<`) are applied. */
export function readYaml<T>(path: string): T {
  return parse(readFileSync(join(DEPLOY, path), 'utf8'), { merge: true }) as T;
}

/** Parses a stream of YAML documents; empty ones are left out. */
export function parseDocuments<T>(text: string): readonly T[] {
  return parseAllDocuments(text)
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0];
      return document.toJS() as T | null;
    })
    .filter((value) => value !== null);
}

/** Names of the files in a folder below `deploy`, sorted. */
export function listFiles(directory: string, extension: string): readonly string[] {
  return readdirSync(join(DEPLOY, directory))
    .filter((name) => name.endsWith(extension))
    .sort();
}

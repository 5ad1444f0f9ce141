import { usageError } from './errors';

/** Which workflow to run. */
export interface TaskReference {
  readonly namespace: string;
  readonly name: string;
  /** Null for the highest registered version. */
  readonly version: string | null;
}

/** Parses `<namespace>/<name>[@version]`. @throws {CliError} when it is something else. */
export function parseTaskReference(text: string): TaskReference {
  const match = /^([^/@]+)\/([^@]+)(?:@([^@]+))?$/.exec(text);
  const [, namespace, name, version = null] = match ?? [];
  if (namespace === undefined || name === undefined) {
    throw usageError(`'${text}' names no workflow: write <namespace>/<name> or <namespace>/<name>@<version>`);
  }
  return { namespace, name, version };
}

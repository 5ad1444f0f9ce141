import { readFile } from 'node:fs/promises';
import type { Client, TemplateRegistrationResponse } from './client';
import { CliError, messageOf, usageError } from './errors';

/** Registers template files one after the other. @throws {CliError} that names the file, at the first that is refused. */
export async function registerFiles(
  client: Pick<Client, 'registerTemplate'>,
  files: readonly string[],
): Promise<readonly TemplateRegistrationResponse[]> {
  const registered: TemplateRegistrationResponse[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw usageError(`cannot read ${file}: ${messageOf(cause)}`, { cause });
    });
    const answer = await client.registerTemplate(text).catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error;
      const hint = error.code === 'INVALID_TEMPLATE' ? `\nSee all mistakes with: tasker template validate ${file}` : '';
      throw new CliError(`${file}: ${error.message}${hint}`, error.exitCode, error.code, error.details, {
        cause: error,
      });
    });
    registered.push(answer);
  }
  return registered;
}

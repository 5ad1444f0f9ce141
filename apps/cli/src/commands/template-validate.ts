import { readFile } from 'node:fs/promises';
import { findUnsupportedStepTypes, parseTemplate, type TemplateError } from '@tasker/workflow';
import type { Command } from 'commander';
import { type Console, writeJson, writeLine } from '../console';
import { CliError, EXIT_CODES, messageOf } from '../errors';
import { examples, wantsJson } from '../global-options';
import { formatTemplateError } from '../view/format-template-error';

interface FileReport {
  readonly file: string;
  readonly ok: boolean;
  readonly template: {
    readonly namespace: string;
    readonly name: string;
    readonly version: string;
    steps: number;
  } | null;
  readonly errors: readonly TemplateError[];
}

async function validateFile(file: string): Promise<FileReport> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => error as Error);
  if (typeof text !== 'string') {
    const error = { file, line: null, column: null, path: '', message: `cannot be read: ${messageOf(text)}` };
    return { file, ok: false, template: null, errors: [error] };
  }
  const parsed = parseTemplate(text, { fileName: file });
  if (!parsed.ok) return { file, ok: false, template: null, errors: parsed.errors };
  const { namespace, name, version, steps } = parsed.template;
  const errors = findUnsupportedStepTypes(parsed.template);
  return { file, ok: errors.length === 0, template: { namespace, name, version, steps: steps.length }, errors };
}

async function validate(files: readonly string[], command: Command, console: Console): Promise<void> {
  const reports = await Promise.all(files.map(validateFile));
  const failed = reports.filter(({ ok }) => !ok);
  if (!wantsJson(command)) {
    for (const { file, template, errors, ok } of reports) {
      for (const error of errors) writeLine(console.stderr, formatTemplateError(file, error));
      if (ok && template !== null) {
        const { namespace, name, version, steps } = template;
        writeLine(console.stdout, `${file}: ${namespace}/${name} ${version}, ${steps} steps, valid`);
      }
    }
  }
  if (failed.length > 0) {
    const message = `${failed.length} of ${files.length} template(s) are not valid`;
    throw new CliError(message, EXIT_CODES.invalid, 'INVALID_TEMPLATE', reports);
  }
  if (wantsJson(command)) writeJson(console, reports);
}

/** Adds `tasker template validate`. */
export function addTemplateValidateCommand(parent: Command, console: Console): void {
  parent
    .command('validate')
    .summary('check template files, without a server')
    .description(
      'Checks template files without a server, and prints every mistake with its line and column. Exit status 1 when there are any.',
    )
    .argument('<file...>', 'YAML files')
    .addHelpText('after', examples('tasker template validate templates/*.yaml'))
    .action((files: string[], _options: object, command: Command) => validate(files, command, console));
}

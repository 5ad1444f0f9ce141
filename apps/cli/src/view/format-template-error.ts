import type { TemplateError } from '@tasker/workflow';

/** `file:line:column message (hint)`, as editors and terminals know it. */
export function formatTemplateError(file: string, { line, column, path, message, hint }: TemplateError): string {
  const place = [file, line, column].filter((part) => part !== null).join(':');
  const what = path === '' ? message : `${path}: ${message}`;
  return `${place} ${what}${hint === undefined ? '' : ` (${hint})`}`;
}

import type { JsonPath } from '../json-path';

/** One thing that is wrong with a template, not yet located in its text. */
export interface TemplateProblem {
  readonly path: JsonPath;
  /** What `path` means: the value (default), or the key that holds it. */
  readonly at?: 'key';
  readonly message: string;
  readonly hint?: string;
}

/** No more problems than this are reported of one template. */
export const MAX_TEMPLATE_PROBLEMS = 100;

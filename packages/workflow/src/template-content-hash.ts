import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json';
import type { JsonObject } from './json';
import type { TaskTemplate } from './task-template';

/** SHA-256 (lower-case hex) of all that a template says; the order of keys, comments and layout do not count. */
export function templateContentHash(template: TaskTemplate): string {
  return createHash('sha256')
    .update(canonicalJson(template as unknown as JsonObject))
    .digest('hex');
}

import type { TemplateStore } from '@tasker/store';
import { compileInputSchema, type JsonObject, type PlannedStep, planSteps, type TaskTemplate } from '@tasker/workflow';
import { LRUCache } from 'lru-cache';

/** A registered template with what intake needs to make tasks of it. */
export interface PreparedTemplate {
  readonly templateUuid: string;
  readonly template: TaskTemplate;
  readonly plan: readonly PlannedStep[];
  /** Problems of a context under the template's input schema; empty when it has none or the context fits. */
  checkInput(context: JsonObject): readonly { readonly path: string; readonly message: string }[];
}

/** Finds templates, remembering them. */
export interface TemplateCache {
  /** Gives a version, or the highest one for null; null when there is none. */
  find(namespace: string, name: string, version: string | null): Promise<PreparedTemplate | null>;
  /** Forgets everything: a template was registered, or what is remembered leads to a refusal and may be old. */
  clear(): void;
}

const MAX_TEMPLATES = 500;
/** A version's content changes only while it has no task, and then the database refuses the old content. */
const VERSION_TTL_MS = 300_000;
/** "The highest version" may be another one as soon as somebody registers it. */
const HIGHEST_TTL_MS = 1_000;

/** Gives a cache in front of the template store. */
export function createTemplateCache(store: Pick<TemplateStore, 'find'>): TemplateCache {
  const cache = new LRUCache<string, PreparedTemplate>({ max: MAX_TEMPLATES });
  return {
    async find(namespace, name, version) {
      const key = JSON.stringify([namespace, name, version]);
      const known = cache.get(key);
      if (known !== undefined) return known;
      const found = await store.find(namespace, name, version);
      if (found === null) return null;
      const { templateUuid, template } = found;
      const checkInput = template.inputSchema === null ? () => [] : compileInputSchema(template.inputSchema);
      const prepared = { templateUuid, template, plan: planSteps(template), checkInput };
      cache.set(key, prepared, { ttl: version === null ? HIGHEST_TTL_MS : VERSION_TTL_MS });
      return prepared;
    },

    clear: () => cache.clear(),
  };
}

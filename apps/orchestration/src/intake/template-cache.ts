import type { TemplateStore } from '@tasker/store';
import { compileInputSchema, type JsonObject, type PlannedStep, planSteps, type TaskTemplate } from '@tasker/workflow';
import { createQueryCache, type QueryCache, type Volatility } from './query-cache';

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

/** A version's content changes only while it has no task, and then the database refuses the old content. */
const volatilityOf = (version: string | null): Volatility => (version === null ? 'changing' : 'lasting');

/** Gives prepared templates of the store through a cache. */
export function createTemplateCache(
  store: Pick<TemplateStore, 'find'>,
  cache: QueryCache = createQueryCache(),
): TemplateCache {
  async function prepare(namespace: string, name: string, version: string | null): Promise<PreparedTemplate | null> {
    const found = await store.find(namespace, name, version);
    if (found === null) return null;
    const { templateUuid, template } = found;
    const checkInput = template.inputSchema === null ? () => [] : compileInputSchema(template.inputSchema);
    return { templateUuid, template, plan: planSteps(template), checkInput };
  }

  return {
    find: (namespace, name, version) =>
      cache.read(['prepared', namespace, name, version], volatilityOf(version), () =>
        prepare(namespace, name, version),
      ),
    clear: () => cache.clear(),
  };
}

/** Gives a template store that answers reads through a cache, and clears it after each registration. */
export function cacheTemplates(store: TemplateStore, cache: QueryCache): TemplateStore {
  return {
    async register(template) {
      try {
        return await store.register(template);
      } finally {
        // Also after an error: the registration may have been made though its answer was lost.
        cache.clear();
      }
    },

    find: (namespace, name, version) =>
      cache.read(['template', namespace, name, version], volatilityOf(version), () =>
        store.find(namespace, name, version),
      ),

    async list(namespace) {
      return (await cache.read(['templates', namespace], 'changing', () => store.list(namespace))) ?? [];
    },
  };
}

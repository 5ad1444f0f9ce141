import { ApiError } from '@tasker/service-host';
import type { TemplateStore } from '@tasker/store';
import type { TaskTemplate } from '@tasker/workflow';

/** What the operations on templates work with. */
export interface WorkerTemplateDeps {
  readonly templates: Pick<TemplateStore, 'find' | 'list'>;
  readonly namespaces: readonly string[];
  /** Names of the handlers that the worker can run. */
  readonly handlerNames: () => readonly string[];
}

/** How a cache of templates does. This worker gets what it runs with each claim and keeps none, so all counts are 0. */
export interface TemplateCacheStats {
  readonly total_cached: number;
  readonly cache_hits: number;
  readonly cache_misses: number;
  readonly cache_evictions: number;
  readonly oldest_entry_age_seconds: number;
  readonly average_access_count: number;
  readonly supported_namespaces: readonly string[];
}

/** The answer of a worker's `GET /v1/templates`. */
export interface WorkerTemplateList {
  readonly supported_namespaces: readonly string[];
  readonly template_count: number;
  readonly templates: readonly { readonly namespace: string; readonly name: string; readonly version: string }[];
  /** Null unless asked for. */
  readonly cache_stats: TemplateCacheStats | null;
  /** The handlers that the worker has. */
  readonly worker_capabilities: readonly string[];
}

/** The answer of a worker's `GET /v1/templates/{namespace}/{name}/{version}`. */
export interface WorkerTemplate {
  readonly template: {
    readonly name: string;
    readonly namespace: string;
    readonly version: string;
    readonly description: string | null;
    readonly steps: readonly {
      readonly name: string;
      readonly description: string | null;
      readonly retryable: boolean;
      /** Null where the template leaves it to the configuration. */
      readonly max_attempts: number | null;
    }[];
  };
  readonly handler_metadata: {
    readonly namespace: string;
    readonly handler_name: string;
    readonly version: string;
    readonly description: string | null;
    readonly step_names: readonly string[];
  };
  readonly cached: false;
}

/** What can be asked about templates, whatever the transport. Refusals are thrown. */
export interface WorkerTemplateOperations {
  /** Templates of one served namespace, or of all for null; none of a namespace that is not served. */
  list(namespace: string | null, options: { readonly withCacheStats: boolean }): Promise<WorkerTemplateList>;
  get(namespace: string, name: string, version: string): Promise<WorkerTemplate>;
}

function toAnswer({ namespace, name, version, description, steps }: TaskTemplate): WorkerTemplate {
  return {
    template: {
      name,
      namespace,
      version,
      description,
      steps: steps.map((step) => ({
        name: step.name,
        description: step.description,
        retryable: step.retry.retryable,
        max_attempts: step.retry.maxAttempts,
      })),
    },
    handler_metadata: {
      namespace,
      handler_name: name,
      version,
      description,
      step_names: steps.map((step) => step.name),
    },
    cached: false,
  };
}

function emptyCache(namespaces: readonly string[]): TemplateCacheStats {
  return {
    total_cached: 0,
    cache_hits: 0,
    cache_misses: 0,
    cache_evictions: 0,
    oldest_entry_age_seconds: 0,
    average_access_count: 0,
    supported_namespaces: namespaces,
  };
}

/** Gives the operations on the templates of a worker's namespaces. They are read from the database each time. */
export function createWorkerTemplateOperations(deps: WorkerTemplateDeps): WorkerTemplateOperations {
  const { templates, namespaces, handlerNames } = deps;
  return {
    async list(namespace, { withCacheStats }) {
      const wanted = namespaces.filter((one) => namespace === null || one === namespace);
      const rows = (await Promise.all(wanted.map((one) => templates.list(one)))).flat();
      return {
        supported_namespaces: namespaces,
        template_count: rows.length,
        templates: rows.map((row) => ({ namespace: row.namespace, name: row.name, version: row.version })),
        cache_stats: withCacheStats ? emptyCache(namespaces) : null,
        worker_capabilities: handlerNames(),
      };
    },

    async get(namespace, name, version) {
      if (!namespaces.includes(namespace)) {
        throw new ApiError('NOT_FOUND', `namespace ${namespace} is not served by this worker`);
      }
      const found = await templates.find(namespace, name, version);
      if (found !== null) return toAnswer(found.template);
      throw new ApiError('NOT_FOUND', `template ${namespace}/${name} version ${version} does not exist`);
    },
  };
}

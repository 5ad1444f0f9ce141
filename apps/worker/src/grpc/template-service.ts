import { WorkerTemplateServiceService } from '@tasker/protocol/grpc';
import { defineGrpcService, type GrpcService, refuseUnfit } from '@tasker/service-host';
import { DEFAULT_JSON_LIMITS } from '@tasker/workflow';
import type { TemplateCacheStats, WorkerTemplateOperations } from '../api/template-operations';

function toWireStats(stats: TemplateCacheStats | null) {
  return stats === null ? undefined : { ...stats, supported_namespaces: [...stats.supported_namespaces] };
}

/** Gives `tasker.v1.WorkerTemplateService`. */
export function createTemplateService(templates: WorkerTemplateOperations): GrpcService {
  return defineGrpcService(WorkerTemplateServiceService, {
    async listTemplates({ namespace = '', include_cache_stats }) {
      refuseUnfit(namespace, DEFAULT_JSON_LIMITS, 'the request');
      const found = await templates.list(namespace === '' ? null : namespace, { withCacheStats: include_cache_stats });
      return {
        supported_namespaces: [...found.supported_namespaces],
        template_count: found.template_count,
        cache_stats: toWireStats(found.cache_stats),
        worker_capabilities: [...found.worker_capabilities],
      };
    },

    async getTemplate(request) {
      refuseUnfit(request, DEFAULT_JSON_LIMITS, 'the request');
      const { namespace, name, version } = request;
      const { template, handler_metadata, cached } = await templates.get(namespace, name, version);
      const description = template.description ?? undefined;
      const steps = template.steps.map((step) => ({
        ...step,
        description: step.description ?? undefined,
        max_attempts: step.max_attempts ?? 0,
      }));
      return {
        template: { ...template, description, steps },
        handler_metadata: { ...handler_metadata, description, step_names: [...handler_metadata.step_names] },
        cached,
      };
    },
  });
}

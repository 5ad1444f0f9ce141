import { TemplateServiceService } from '@tasker/protocol/grpc';
import { defineGrpcService, type GrpcService } from '@tasker/service-host';
import type { TemplateOperations } from '../api/template-operations';
import { requireFit } from './require-fit';
import { givenText } from './wire-values';

/** Gives `tasker.v1.TemplateService`. */
export function createTemplateService(templates: TemplateOperations): GrpcService {
  return defineGrpcService(TemplateServiceService, {
    async listTemplates({ namespace }) {
      const found = await templates.list(requireFit(givenText(namespace) ?? null));
      return {
        namespaces: found.namespaces.map((one) => ({ ...one, description: one.description ?? undefined })),
        templates: found.templates.map((one) => ({ ...one, description: one.description ?? undefined })),
        total_count: found.total_count,
      };
    },

    async getTemplate(request) {
      const { namespace, name, version } = requireFit(request);
      const found = await templates.get(namespace, name, version);
      const steps = found.steps.map((step) => ({
        name: step.name,
        description: step.description ?? undefined,
        default_retryable: step.default_retryable,
        default_max_attempts: step.default_max_attempts ?? 0,
      }));
      const description = found.description ?? undefined;
      return {
        template: {
          name: found.name,
          namespace: found.namespace,
          version: found.version,
          description,
          configuration: { ...found.configuration },
          steps,
        },
      };
    },
  });
}

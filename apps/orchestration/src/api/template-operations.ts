import type { TemplateListResponse, TemplateRegistrationResponse, TemplateResponse } from '@tasker/protocol';
import { ApiError } from '@tasker/service-host';
import type { TemplateStore, TemplateSummaryRow } from '@tasker/store';
import {
  findUnsupportedStepTypes,
  parseTemplate,
  parseTemplateObject,
  type TaskTemplate,
  type TemplateError,
} from '@tasker/workflow';
import { invalidTemplate, notFound } from './request-errors';

/** What the operations on templates work with. */
export interface TemplateOperationsDeps {
  readonly templates: TemplateStore;
  /** Whose overrides a template is registered with. */
  readonly environment: string;
  /** Told of each registration. */
  readonly onRegistered: () => void;
}

/** What can be asked about templates, whatever the transport. Refusals are thrown. */
export interface TemplateOperations {
  /** Registers a template: YAML as text, or its JSON. */
  register(body: unknown): Promise<TemplateRegistrationResponse>;
  /** All namespaces when null. */
  list(namespace: string | null): Promise<TemplateListResponse>;
  get(namespace: string, name: string, version: string): Promise<TemplateResponse>;
}

function requireTemplate(body: unknown, environment: string): TaskTemplate {
  const parsed =
    typeof body === 'string' ? parseTemplate(body, { environment }) : parseTemplateObject(body, { environment });
  const errors: readonly TemplateError[] = parsed.ok ? findUnsupportedStepTypes(parsed.template) : parsed.errors;
  if (parsed.ok && errors.length === 0) return parsed.template;
  throw invalidTemplate(errors);
}

function toList(rows: readonly TemplateSummaryRow[]): TemplateListResponse {
  const counts = new Map<string, number>();
  for (const { namespace } of rows) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  return {
    namespaces: [...counts].map(([name, template_count]) => ({ name, description: null, template_count })),
    templates: rows.map(({ name, namespace, version, description, step_count }) => ({
      name,
      namespace,
      version,
      description,
      step_count,
    })),
    total_count: rows.length,
  };
}

function toResponse(template: TaskTemplate): TemplateResponse {
  return {
    name: template.name,
    namespace: template.namespace,
    version: template.version,
    description: template.description,
    configuration: template,
    steps: template.steps.map((step) => ({
      name: step.name,
      description: step.description,
      dependencies: step.dependencies,
      default_retryable: step.retry.retryable,
      default_max_attempts: step.retry.maxAttempts,
    })),
  };
}

/** Gives the operations on templates. */
export function createTemplateOperations(deps: TemplateOperationsDeps): TemplateOperations {
  const { templates, environment, onRegistered } = deps;
  return {
    async register(body) {
      const template = requireTemplate(body, environment);
      const { kind, templateUuid } = await templates.register(template);
      onRegistered();
      const { namespace, name, version, steps } = template;
      if (kind === 'conflict') {
        const message = `${namespace}/${name} ${version} is registered with other content and has tasks: give it a new version`;
        throw new ApiError('TEMPLATE_CONFLICT', message);
      }
      return { status: kind, template_uuid: templateUuid, namespace, name, version, step_count: steps.length };
    },

    list: async (namespace) => toList(await templates.list(namespace)),

    async get(namespace, name, version) {
      const found = await templates.find(namespace, name, version);
      if (found === null) throw notFound(`template ${namespace}/${name} version ${version}`);
      return toResponse(found.template);
    },
  };
}

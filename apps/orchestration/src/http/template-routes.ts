import { HttpError } from '@tasker/service-host';
import type { TemplateStore } from '@tasker/store';
import {
  findUnsupportedStepTypes,
  parseTemplate,
  parseTemplateObject,
  type TaskTemplate,
  type TemplateError,
} from '@tasker/workflow';
import { type Request, type Response, Router } from 'express';
import { invalidTemplate, notFound } from './request-errors';

function requireTemplate(body: unknown, environment: string): TaskTemplate {
  const parsed =
    typeof body === 'string' ? parseTemplate(body, { environment }) : parseTemplateObject(body, { environment });
  const errors: readonly TemplateError[] = parsed.ok ? findUnsupportedStepTypes(parsed.template) : parsed.errors;
  if (parsed.ok && errors.length === 0) return parsed.template;
  throw invalidTemplate(errors);
}

/** What the template routes work with. */
export interface TemplateRoutesDeps {
  readonly templates: TemplateStore;
  /** Whose overrides a template is registered with. */
  readonly environment: string;
  /** Told of each registration. */
  readonly onRegistered: () => void;
}

/** Gives the routes below `/v1/templates`. */
export function createTemplateRoutes({ templates, environment, onRegistered }: TemplateRoutesDeps): Router {
  async function register(request: Request, response: Response): Promise<void> {
    const template = requireTemplate(request.body, environment);
    const { kind, templateUuid } = await templates.register(template);
    onRegistered();
    const { namespace, name, version } = template;
    if (kind === 'conflict') {
      const message = `${namespace}/${name} ${version} is registered with other content and has tasks: give it a new version`;
      throw new HttpError(409, 'CONFLICT', message);
    }
    const step_count = template.steps.length;
    response
      .status(kind === 'registered' ? 201 : 200)
      .json({ status: kind, template_uuid: templateUuid, namespace, name, version, step_count });
  }

  async function list(request: Request, response: Response): Promise<void> {
    const namespace = typeof request.query.namespace === 'string' ? request.query.namespace : null;
    const rows = await templates.list(namespace);
    const counts = new Map<string, number>();
    for (const row of rows) counts.set(row.namespace, (counts.get(row.namespace) ?? 0) + 1);
    const body = {
      namespaces: [...counts].map(([name, template_count]) => ({ name, description: null, template_count })),
      templates: rows.map(({ name, namespace: ns, version, description, step_count }) => ({
        name,
        namespace: ns,
        version,
        description,
        step_count,
      })),
      total_count: rows.length,
    };
    response.json(body);
  }

  async function show(request: Request, response: Response): Promise<void> {
    const { namespace, name, version } = request.params as { namespace: string; name: string; version: string };
    const found = await templates.find(namespace, name, version);
    if (found === null) throw notFound(`template ${namespace}/${name} version ${version}`);
    const { template } = found;
    const body = {
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
    response.json(body);
  }

  return Router()
    .post('/v1/templates', register)
    .get('/v1/templates', list)
    .get('/v1/templates/:namespace/:name/:version', show);
}

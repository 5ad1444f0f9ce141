import { type PlannedStep, planSteps, type TaskTemplate, templateContentHash } from '@tasker/workflow';
import { type Database, selectRow, selectRows } from './database';
import { sqlStatement } from './load-sql';
import { newTaskId } from './new-task-id';

/** A template as registered. */
export interface RegisteredTemplate {
  readonly templateUuid: string;
  readonly contentHash: string;
  readonly template: TaskTemplate;
}

/** A line of the list of templates. */
export interface TemplateSummaryRow {
  readonly template_uuid: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly description: string | null;
  readonly step_count: number;
  readonly content_hash: string;
  readonly created_at: Date;
}

/** What became of a registration. `conflict`: the version has tasks and other content. */
export interface TemplateRegistration {
  readonly kind: 'registered' | 'unchanged' | 'replaced' | 'conflict';
  readonly templateUuid: string;
}

/** Registers and finds templates. */
export interface TemplateStore {
  /**
   * Registers a template and creates the queue of its namespace. Idempotent; other content under a version that has no task
   * yet replaces it. Safe from several processes at once: registrations of one version run one after the other.
   */
  register(template: TaskTemplate): Promise<TemplateRegistration>;
  /** Finds a version, or the highest one when `version` is null. */
  find(namespace: string, name: string, version: string | null): Promise<RegisteredTemplate | null>;
  /** By namespace and name, newest first; all namespaces when null. */
  list(namespace: string | null): Promise<readonly TemplateSummaryRow[]>;
}

function toStepRow({ stepNo, definition, parentNos, childNos, ancestorNames }: PlannedStep, nos: Map<string, number>) {
  const { retry, handler } = definition;
  return {
    step_no: stepNo,
    name: definition.name,
    step_type: definition.type,
    handler,
    timeout_ms: definition.timeoutMs,
    retryable: retry.retryable,
    max_attempts: retry.maxAttempts,
    backoff: { backoff: retry.backoff, backoff_base_ms: retry.backoffBaseMs, max_backoff_ms: retry.maxBackoffMs },
    parent_nos: parentNos,
    child_nos: childNos,
    ancestor_nos: ancestorNames.flatMap((name) => nos.get(name) ?? []),
  };
}

/** Gives the template store over a pool (or one client). */
export function createTemplateStore(database: Database): TemplateStore {
  return {
    async register(template) {
      const planned = planSteps(template);
      const nos = new Map(planned.map((step) => [step.definition.name, step.stepNo]));
      const row = {
        template_uuid: newTaskId(),
        namespace: template.namespace,
        name: template.name,
        version: template.version,
        description: template.description,
        identity_strategy: template.identityStrategy,
        content_hash: templateContentHash(template),
        definition: template,
        step_count: planned.length,
        root_count: planned.filter((step) => step.parentNos.length === 0).length,
      };
      const steps = planned.map((step) => toStepRow(step, nos));
      const { outcome } = await selectRow<{
        outcome: { status: TemplateRegistration['kind']; template_uuid: string };
      }>(database, sqlStatement('register-template', [JSON.stringify(row), JSON.stringify(steps)]));
      return { kind: outcome.status, templateUuid: outcome.template_uuid };
    },

    async find(namespace, name, version) {
      const [row] = await selectRows<{ template_uuid: string; content_hash: string; definition: TaskTemplate }>(
        database,
        sqlStatement('find-template', [namespace, name, version]),
      );
      return row === undefined
        ? null
        : { templateUuid: row.template_uuid, contentHash: row.content_hash, template: row.definition };
    },

    list: (namespace) => selectRows<TemplateSummaryRow>(database, sqlStatement('list-templates', [namespace])),
  };
}

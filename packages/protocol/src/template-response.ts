import type { TaskTemplate } from '@tasker/workflow';

/** A template in a list. */
export interface TemplateSummary {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly description: string | null;
  readonly step_count: number;
}

/** The answer of `GET /v1/templates`: by namespace and name, newest version first. */
export interface TemplateListResponse {
  readonly namespaces: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly template_count: number;
  }[];
  readonly templates: readonly TemplateSummary[];
  readonly total_count: number;
}

/** The answer of `GET /v1/templates/{namespace}/{name}/{version}`. */
export interface TemplateResponse {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly description: string | null;
  /** The template as it is registered, defaults filled in. */
  readonly configuration: TaskTemplate;
  readonly steps: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly dependencies: readonly string[];
    readonly default_retryable: boolean;
    /** Null where the template leaves it to the configuration. */
    readonly default_max_attempts: number | null;
  }[];
}

/** What became of a registration: the answer of `POST /v1/templates`. */
export interface TemplateRegistrationResponse {
  readonly status: 'registered' | 'unchanged' | 'replaced';
  readonly template_uuid: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly step_count: number;
}

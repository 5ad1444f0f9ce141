import type { StepAuditResponse, StepResponse, TaskResponse } from '@tasker/protocol';

/** An answer of the REST API. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

/** The body of every refusal. */
export interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown };
}

/** Talks to one orchestration process as a client would. */
export interface ApiClient {
  call<Body = Refusal>(method: string, path: string, body?: unknown): Promise<Answer<Body>>;
  /** @throws unless the template was accepted */
  register(template: object): Promise<void>;
  /** Gives the new task's id. @throws unless the task was created */
  submit(name: string, context: object, more?: object): Promise<string>;
  task(taskUuid: string): Promise<TaskResponse>;
  step(taskUuid: string, name: string): Promise<StepResponse>;
  audit(step: StepResponse): Promise<readonly StepAuditResponse[]>;
  /** An operator's action on a step. */
  resolve(step: StepResponse, action: object): Promise<Answer<StepResponse & Refusal>>;
}

/** The namespace of all suites. */
export const NAMESPACE = 'e2e';

/** Gives a client of the process at `baseUrl`. */
export function createApiClient(baseUrl: string): ApiClient {
  async function call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(baseUrl + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...content,
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  async function insist<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await call<Body>(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} gave ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  const task = (taskUuid: string) => insist<TaskResponse>('GET', `/v1/tasks/${taskUuid}`);
  const stepPath = (step: StepResponse) => `/v1/tasks/${step.task_uuid}/workflow_steps/${step.step_uuid}`;
  return {
    call,
    task,

    async register(template) {
      await insist('POST', '/v1/templates', template);
    },

    async submit(name, context, more = {}) {
      const request = { namespace: NAMESPACE, name, context, ...more };
      return (await insist<TaskResponse>('POST', '/v1/tasks', request)).task_uuid;
    },

    async step(taskUuid, name) {
      const found = (await task(taskUuid)).steps.find((step) => step.name === name);
      if (found === undefined) throw new Error(`task ${taskUuid} has no step ${name}`);
      return found;
    },

    audit: (step) => insist('GET', `${stepPath(step)}/audit`),
    resolve: (step, action) => call('PATCH', stepPath(step), action),
  };
}

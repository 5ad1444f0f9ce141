import type { TaskListResponse, TaskRequest, TaskResponse } from '@tasker/protocol';
import { CliError, EXIT_CODES, messageOf } from './errors';
import { readTaskEvents, type TaskEvents } from './task-events';

/** A task request; what is left out gets the server's default. */
export type NewTask = Pick<TaskRequest, 'namespace' | 'name' | 'context'> & Partial<TaskRequest>;

/** Filters and page of a list of tasks, in the server's words. */
export type TaskQuery = Readonly<Record<string, string | number | undefined>>;

/** What became of a template that was registered. */
export interface TemplateRegistrationResponse {
  readonly status: 'registered' | 'unchanged' | 'replaced';
  readonly template_uuid: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly step_count: number;
}

/** The registered templates. */
export interface TemplateListResponse {
  readonly templates: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly version: string;
    readonly description: string | null;
    readonly step_count: number;
  }[];
  readonly total_count: number;
}

/** The orchestrator's REST API. Every call throws a {@link CliError} that says what failed and what to do. */
export interface Client {
  readonly url: string;
  createTask(task: NewTask): Promise<TaskResponse>;
  getTask(taskUuid: string): Promise<TaskResponse>;
  /** Has the task's changes told from the start, or after an event; null when the server has no events. */
  openEvents(
    taskUuid: string,
    options: { readonly lastEventId: string | null; readonly signal: AbortSignal },
  ): Promise<TaskEvents | null>;
  listTasks(query: TaskQuery): Promise<TaskListResponse>;
  cancelTask(taskUuid: string, by: { readonly reason?: string; readonly actor: string }): Promise<TaskResponse>;
  registerTemplate(yamlText: string): Promise<TemplateRegistrationResponse>;
  listTemplates(namespace?: string): Promise<TemplateListResponse>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const CLOSED_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const JSON_HEADERS = { 'Content-Type': 'application/json; charset=utf-8' };

const isTimeout = (error: unknown) => (error as Error).name === 'TimeoutError';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: TaskQuery;
  readonly body?: unknown;
}

/** Gives a client for the orchestrator at `url`, such as `http://localhost:8080`. */
export function createClient(url: string): Client {
  const base = parseBaseUrl(url);

  async function call<Answer>({ method, path, query = {}, body }: Call): Promise<Answer> {
    const target = new URL(`${base}${path}`);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(key, String(value));
    }
    const response = await send(target, base, {
      method,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_HEADERS }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Answer;
    throw toError(response.status, text, base);
  }

  async function openEvents(
    taskUuid: string,
    { lastEventId, signal }: Parameters<Client['openEvents']>[1],
  ): Promise<TaskEvents | null> {
    const headers = { Accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }) };
    const response = await send(new URL(`${base}${task(taskUuid)}/events`), base, { headers, signal });
    if (response.status === 404) return null;
    if (!response.ok) throw toError(response.status, await response.text(), base);
    return readTaskEvents(response.body ?? new ReadableStream({ start: (controller) => controller.close() }));
  }

  const task = (taskUuid: string) => `/v1/tasks/${encodeURIComponent(taskUuid)}`;
  return {
    url: base,
    createTask: (body) => call({ method: 'POST', path: '/v1/tasks', body }),
    getTask: (taskUuid) => call({ method: 'GET', path: task(taskUuid) }),
    openEvents,
    listTasks: (query) => call({ method: 'GET', path: '/v1/tasks', query }),
    cancelTask: (taskUuid, { reason, actor }) =>
      call({ method: 'DELETE', path: task(taskUuid), query: { reason, cancelled_by: actor } }),
    // A JSON string holds the YAML, so that the server can answer with lines and columns.
    registerTemplate: (yamlText) => call({ method: 'POST', path: '/v1/templates', body: yamlText }),
    listTemplates: (namespace) => call({ method: 'GET', path: '/v1/templates', query: { namespace } }),
  };
}

function parseBaseUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CliError(
      `'${url}' is not a URL: give one such as http://localhost:8080`,
      EXIT_CODES.invalid,
      'INVALID_URL',
    );
  }
  return url.replace(/\/+$/, '');
}

/** The server may close an idle connection just when it is used again: what changes nothing is asked once more. */
async function fetchPatiently(target: URL, request: RequestInit): Promise<Response> {
  const isSafe = (request.method ?? 'GET') === 'GET';
  return fetch(target, request).catch((error: Error) => {
    if (!isSafe || !CLOSED_CODES.has((error.cause as { code?: string } | undefined)?.code ?? '')) throw error;
    return fetch(target, request);
  });
}

async function send(target: URL, base: string, request: RequestInit): Promise<Response> {
  try {
    return await fetchPatiently(target, request);
  } catch (error) {
    if (error === request.signal?.reason && !isTimeout(error)) throw error;
    const reason = messageOf((error as Error).cause ?? error);
    const message = `cannot reach the orchestrator at ${base}: ${reason}\nStart one with 'tasker dev', or give its address with --url or TASKER_ORCHESTRATION_URL.`;
    throw new CliError(message, EXIT_CODES.unreachable, 'UNREACHABLE', undefined, { cause: error });
  }
}

const EXIT_BY_STATUS: Readonly<Record<number, 1 | 2 | 3>> = {
  400: EXIT_CODES.invalid,
  413: EXIT_CODES.invalid,
  415: EXIT_CODES.invalid,
  502: EXIT_CODES.unreachable,
  503: EXIT_CODES.unreachable,
  504: EXIT_CODES.unreachable,
};

function toError(status: number, text: string, base: string): CliError {
  const { code = `HTTP_${status}`, message, details } = readErrorBody(text);
  const exitCode = EXIT_BY_STATUS[status] ?? EXIT_CODES.failed;
  const problems = listProblems(details);
  if (problems.length > 1) {
    const lines = problems.map((problem) => `\n  ${problem}`).join('');
    return new CliError(`${problems.length} things are wrong:${lines}`, exitCode, code, details);
  }
  const fallback = `${base} answered with status ${status}: is it an orchestrator?`;
  return new CliError(message ?? fallback, exitCode, code, details);
}

/** The server's list of what is wrong with a request, with the place of each. */
function listProblems(details: unknown): readonly string[] {
  if (!Array.isArray(details)) return [];
  return details.map(({ line, column, path, message, hint }: Record<string, unknown>) => {
    const place = typeof line === 'number' ? `line ${line}, column ${String(column)}: ` : '';
    const what = typeof path === 'string' && path !== '' ? `${path} ${String(message)}` : String(message);
    return `${place}${what}${typeof hint === 'string' ? ` (${hint})` : ''}`;
  });
}

function readErrorBody(text: string): {
  readonly code?: string;
  readonly message?: string;
  readonly details?: unknown;
} {
  try {
    return (JSON.parse(text) as { error?: { code?: string; message?: string; details?: unknown } } | null)?.error ?? {};
  } catch {
    return {};
  }
}

import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { loadSettings } from '@tasker/settings';
import { createWorkerStore, type TaskChanges } from '@tasker/store';
import { createMigratedDatabase } from '@tasker/testing';
import type { StepOutcome } from '@tasker/workflow';
import type { Pool } from 'pg';
import { createOrchestrator } from '../orchestrator';

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A unary method as generated. */
export interface UnaryMethod<Request, Answer> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Answer;
}

/** An orchestrator on a database of its own, with clients of both its transports. */
export interface TestApi extends AsyncDisposable {
  readonly url: string;
  /** For streams. */
  readonly client: Client;
  readonly pool: Pool;
  rest(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpAnswer>;
  /** Stops the orchestrator; safe to call twice. */
  stop(): Promise<void>;
  /** Calls a method over gRPC; rejects with the service's error. */
  grpc<Request, Answer>(method: UnaryMethod<Request, Answer>, request: Request, metadata?: Metadata): Promise<Answer>;
  /** Does what a worker does: claims all steps that wait, and reports what `outcome` gives for each. Gives their number. */
  work(outcome?: (stepName: string) => StepOutcome): Promise<number>;
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const NAMESPACE = 'shop';

const succeed = (stepName: string): StepOutcome => ({ kind: 'success', result: { by: stepName }, metadata: {} });

/** A failure for good. */
export function failForGood(): StepOutcome {
  const detail = { errorType: 'permanent_error', errorCode: null, retryable: false, retryAfterMs: null, backtrace: [] };
  return { kind: 'failure', error: { message: 'the card was refused', ...detail } };
}

function createCall(client: Client): TestApi['grpc'] {
  return ({ path, requestSerialize, responseDeserialize }, request, metadata = new Metadata()) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, (error, answer) => {
        if (error !== null) reject(error);
        else if (answer !== undefined) resolve(answer);
      });
    });
}

function createWork(pool: Pool): TestApi['work'] {
  const store = createWorkerStore(pool);
  return async (outcome = succeed) => {
    const claim = { queue: `worker_${NAMESPACE}_queue`, workerId: 'w1', max: 100, leaseMs: 60_000 };
    const steps = await store.claimSteps(claim);
    await store.reportSteps(
      'w1',
      steps.map(({ stepUuid, attempt, stepName }) => ({
        stepUuid,
        attempt,
        outcome: outcome(stepName),
        executionMs: 1,
      })),
    );
    return steps.length;
  };
}

/** What an orchestrator of a test has beside the defaults. */
export interface StartApiOptions {
  /** @default those of the database */
  readonly taskChanges?: TaskChanges;
  /** Environment variables. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts an orchestrator with the templates registered. */
export async function startApi(templates: readonly object[], options: StartApiOptions = {}): Promise<TestApi> {
  const database = await createMigratedDatabase();
  const { settings, environment } = loadSettings({
    variables: {
      DATABASE_URL: database.connectionString,
      TASKER_WEB_BIND_ADDRESS: '127.0.0.1:0',
      TASKER_ORCHESTRATION_GRPC_BIND_ADDRESS: '127.0.0.1:0',
      ...options.variables,
    },
    kind: 'orchestration',
  });
  const orchestrator = createOrchestrator({
    settings,
    environment,
    logger: SILENT,
    ...(options.taskChanges === undefined ? {} : { taskChanges: options.taskChanges }),
  });
  await orchestrator.start();
  const client = new Client(orchestrator.grpcTarget ?? '', credentials.createInsecure());
  const rest: TestApi['rest'] = async (method, path, body, headers = {}) => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(orchestrator.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...content,
    });
    return { status: answer.status, body: await answer.json(), headers: answer.headers };
  };
  for (const one of templates) await rest('POST', '/v1/templates', one);
  return {
    url: orchestrator.url,
    client,
    grpc: createCall(client),
    pool: database.pool,
    rest,
    work: createWork(database.pool),
    stop: () => orchestrator.stop(),
    async [Symbol.asyncDispose]() {
      client.close();
      await orchestrator.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

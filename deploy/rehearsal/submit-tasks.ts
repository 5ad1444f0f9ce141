import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A task request, in the words of the REST API. */
interface TaskRequest {
  readonly namespace: string;
  readonly name: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly idempotency_key?: string;
}

/** Tasks that are submitted one after the other until somebody stops it. */
export interface Submission {
  /** The tasks that were acknowledged, in their order. */
  readonly taskUuids: readonly string[];
  /** How many requests were repeated at another process. */
  readonly repeatedCount: number;
  /** Stops it. @throws {Error} what it failed with */
  stop(): Promise<void>;
}

const INTERVAL_MS = 150;
/** Every so many tasks there is a report on flights, which costs much more than an order. */
const FLIGHTS_EVERY = 12;
const REPEAT_AFTER_MS = 100;
/** A service that takes nothing for so long is not available. */
const UNAVAILABLE_AFTER_MS = 30_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CONFLICT = 409;

function createOrder(): TaskRequest {
  const context = {
    order_id: randomUUID(),
    customer: { name: 'A Customer', email: 'customer@example.org' },
    card_number: '4242424242424242',
    items: [{ sku: 'BOOK-SQL', quantity: 2 }],
  };
  return { namespace: 'shop', name: 'order_fulfilment', context };
}

function createFlights(): TaskRequest {
  const context = { dataset: 'flights-20k.json', late_after_minutes: 15 };
  return { namespace: 'analytics', name: 'flight_delays', context, idempotency_key: randomUUID() };
}

/** Null: the request has to be repeated. @throws {Error} when the answer says that it is wrong */
async function post(url: string, request: TaskRequest): Promise<string | null> {
  const response = await fetch(`${url}/v1/tasks`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch(() => null);
  const text = await response?.text().catch(() => null);
  if (response == null || text == null || response.status === 503) return null;
  const body = JSON.parse(text);
  if (response.ok) return body.task_uuid;
  // An earlier attempt was stored, and its answer was lost.
  if (response.status === CONFLICT) return body.error.details.task_uuid;
  throw new Error(`a task was refused with ${response.status}: ${text}`);
}

/**
 * Submits orders and reports on flights to the processes that `urls` gives, in turn, as the balancer of a network does. A request
 * that has no answer is repeated.
 */
export function submitTasks(urls: () => readonly string[]): Submission {
  const taskUuids: string[] = [];
  let [repeatedCount, turn, isStopped] = [0, 0, false];

  const submit = async (request: TaskRequest) => {
    const giveUpAt = performance.now() + UNAVAILABLE_AFTER_MS;
    while (performance.now() < giveUpAt) {
      const known = urls();
      turn += 1;
      const taskUuid = await post(known[turn % known.length] ?? '', request);
      if (taskUuid !== null) return taskUuid;
      repeatedCount += 1;
      await delay(REPEAT_AFTER_MS);
    }
    throw new Error(`no process has taken a task for ${UNAVAILABLE_AFTER_MS} ms`);
  };

  const run = async () => {
    while (!isStopped) {
      const isFlights = taskUuids.length % FLIGHTS_EVERY === FLIGHTS_EVERY - 1;
      taskUuids.push(await submit(isFlights ? createFlights() : createOrder()));
      await delay(INTERVAL_MS);
    }
  };
  const running = run();
  // Whoever stops it gets the error.
  running.catch(() => {});
  return {
    taskUuids,
    get repeatedCount() {
      return repeatedCount;
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

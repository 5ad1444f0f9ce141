import { until } from '@tasker/testing';
import { createApiClient, NAMESPACE } from './api-client';

/** A created task, or the refusal of one that is there. */
interface AnyAnswer {
  readonly task_uuid?: string;
  readonly error?: { readonly details?: { readonly task_uuid?: string } };
}

/**
 * Submits a task as a careful client does: under one idempotency key, again and again, to one process after the other,
 * until somebody has said that the task is there. Gives its id.
 */
export async function submitUntilAcknowledged(
  urls: readonly string[],
  name: string,
  context: object,
  idempotencyKey: string,
): Promise<string> {
  const request = { namespace: NAMESPACE, name, context, idempotency_key: idempotencyKey };
  let tries = 0;
  return until(`${idempotencyKey} is acknowledged`, async () => {
    const url = urls[tries++ % urls.length];
    const answer = await createApiClient(`${url}`)
      .call<AnyAnswer>('POST', '/v1/tasks', request)
      .catch(() => null);
    if (answer?.status === 201) return answer.body.task_uuid;
    if (answer?.status === 409) return answer.body.error?.details?.task_uuid;
    if (answer !== null && answer.status < 500) throw new Error(`${idempotencyKey} was refused with ${answer.status}`);
    return null;
  });
}

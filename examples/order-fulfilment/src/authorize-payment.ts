import { createHash } from 'node:crypto';
import { PermanentError, RetryableError, type StepContext, StepHandler } from '@tasker/worker-sdk';
import { callService } from './call-service';
import type { Payment, ValidatedOrder } from './order';

/** The card that the provider refuses, whatever the amount. */
export const DECLINED_CARD = '4000000000000002';

/**
 * Asks the payment provider for the order's total. The provider times out on the first `failing_attempts` attempts
 * (configuration, default 0): that is worth another attempt. A declined card is not.
 */
export class AuthorizePayment extends StepHandler {
  async call(context: StepContext): Promise<Payment> {
    await callService(context);
    const order = context.getDependencyResult<ValidatedOrder>('validate_order');
    const cardNumber = context.getInput<string>('card_number') ?? '';
    if (order === undefined) throw new PermanentError('there is no validated order');
    if (context.attempt <= (context.getConfig<number>('failing_attempts') ?? 0)) {
      throw new RetryableError('the payment provider did not answer in time', { errorType: 'gateway_timeout' });
    }
    if (cardNumber === DECLINED_CARD) {
      throw new PermanentError('the card was declined: ask the customer for another one', {
        errorType: 'payment_declined',
        errorCode: 'card_declined',
        metadata: { order_id: order.order_id, card: hideCard(cardNumber) },
      });
    }
    return {
      // The same order gets the same authorization, so that an attempt whose answer was lost does not charge twice.
      authorization: `auth_${createHash('sha256').update(order.order_id).digest('hex').slice(0, 12)}`,
      amount_cents: order.total_cents,
      card: hideCard(cardNumber),
      attempts: context.attempt,
    };
  }
}

function hideCard(cardNumber: string): string {
  return `**** ${cardNumber.slice(-4)}`;
}

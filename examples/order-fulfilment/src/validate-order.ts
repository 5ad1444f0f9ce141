import { PermanentError, type StepContext, StepHandler } from '@tasker/worker-sdk';
import { callService } from './call-service';
import { CATALOGUE } from './catalogue';
import type { OrderItem, ValidatedOrder } from './order';

/** Knows every article of the order and computes its total. An unknown article fails the step for good. */
export class ValidateOrder extends StepHandler {
  async call(context: StepContext): Promise<ValidatedOrder> {
    await callService(context);
    const items = context.getInput<OrderItem[]>('items') ?? [];
    const lines = items.map(({ sku, quantity }) => {
      const article = CATALOGUE.get(sku);
      if (article === undefined) {
        throw new PermanentError(`article ${sku} is not in the catalogue`, { errorType: 'unknown_article' });
      }
      return { sku, title: article.title, quantity, cents: article.priceCents * quantity };
    });
    return {
      order_id: context.getInput<string>('order_id') ?? '',
      lines: lines.map(({ sku, title, quantity }) => ({ sku, title, quantity })),
      total_cents: lines.reduce((sum, line) => sum + line.cents, 0),
    };
  }
}

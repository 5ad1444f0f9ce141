import { defineHandler, dependency, PermanentError } from '@tasker/worker-sdk';
import { callService } from './call-service';
import { CATALOGUE } from './catalogue';
import type { StockCheck, ValidatedOrder } from './order';

/** Finds a warehouse that has each line in full. An article that none of them has fails the step for good. */
export const checkStock = defineHandler(
  'check_stock',
  { depends: { order: dependency<ValidatedOrder>('validate_order') } },
  async ({ order, context }): Promise<StockCheck> => {
    await callService(context);
    const lines = order.lines.map(({ sku, quantity }) => {
      const stock = Object.entries(CATALOGUE.get(sku)?.stock ?? {});
      const warehouse = stock.find(([, pieces]) => pieces >= quantity)?.[0];
      if (warehouse === undefined) {
        throw new PermanentError(`no warehouse has ${quantity} × ${sku}`, { errorType: 'out_of_stock' });
      }
      return { sku, quantity, warehouse };
    });
    return { lines };
  },
);

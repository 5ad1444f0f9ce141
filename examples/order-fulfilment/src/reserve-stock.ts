import { defineHandler, dependency, input } from '@tasker/worker-sdk';
import { callService } from './call-service';
import type { Reservation, StockCheck } from './order';

/** Reserves each line where it was found. The ids follow from the order, so that a second attempt reserves nothing anew. */
export const reserveStock = defineHandler(
  'reserve_stock',
  { depends: { stock: dependency<StockCheck>('check_stock') }, inputs: { orderId: input<string>('order_id') } },
  async ({ stock, orderId, context }): Promise<Reservation> => {
    await callService(context);
    return {
      reservations: stock.lines.map(({ sku, warehouse }, index) => ({ id: `${orderId}-${index + 1}`, sku, warehouse })),
    };
  },
);

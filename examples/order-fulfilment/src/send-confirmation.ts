import { defineHandler, dependency, input } from '@tasker/worker-sdk';
import { callService } from './call-service';
import type { Order, Payment, Shipment } from './order';

/** Writes to the customer. */
export const sendConfirmation = defineHandler(
  'send_confirmation',
  {
    depends: { payment: dependency<Payment>('authorize_payment'), shipment: dependency<Shipment>('ship_order') },
    inputs: { customer: input<Order['customer']>('customer'), orderId: input<string>('order_id') },
  },
  async ({ payment, shipment, customer, orderId, context }) => {
    await callService(context);
    const total = (payment.amount_cents / 100).toFixed(2);
    return {
      to: customer.email,
      subject: `Your order ${orderId} is on its way`,
      text: `Dear ${customer.name}, ${shipment.carrier} brings your ${total} EUR order as ${shipment.tracking_number}.`,
    };
  },
);

import type { NewTask } from '../client';

/** A task of the demonstration, and how it has to end. */
export interface DemoTask {
  readonly title: string;
  readonly request: NewTask;
  readonly expected: 'complete' | 'blocked_by_failures';
}

interface DemoOrder {
  readonly customer: string;
  readonly items: readonly (readonly [sku: string, quantity: number])[];
  readonly cardNumber?: string;
}

const ORDERS: readonly DemoOrder[] = [
  { customer: 'Ada Lovelace', items: [['BOOK-SQL', 2]] },
  {
    customer: 'Edgar Codd',
    items: [
      ['MUG-BLUE', 12],
      ['LAMP-01', 1],
      ['CHAIR-XL', 1],
    ],
  },
  // This card is refused by the example's payment provider, whatever is bought.
  { customer: 'Mallory Void', items: [['LAMP-01', 3]], cardNumber: '4000000000000002' },
];

function toTask({ customer, items, cardNumber = '4242424242424242' }: DemoOrder, orderId: string): DemoTask {
  const [firstName = ''] = customer.toLowerCase().split(' ');
  const isDeclined = cardNumber.endsWith('0002');
  return {
    title: `order ${orderId} of ${customer}${isDeclined ? ', whose card is declined' : ''}`,
    expected: isDeclined ? 'blocked_by_failures' : 'complete',
    request: {
      namespace: 'shop',
      name: 'order_fulfilment',
      source_system: 'tasker-demo',
      context: {
        order_id: orderId,
        customer: { name: customer, email: `${firstName}@example.org` },
        card_number: cardNumber,
        items: items.map(([sku, quantity]) => ({ sku, quantity })),
      },
    },
  };
}

/** Gives the tasks of the demonstration; `runId` keeps the orders of different runs over one database apart. */
export function listDemoTasks(runId: string): readonly DemoTask[] {
  const flights: DemoTask = {
    title: 'report on the delays of 20,000 flights',
    expected: 'complete',
    request: {
      namespace: 'analytics',
      name: 'flight_delays',
      source_system: 'tasker-demo',
      context: { dataset: 'flights-20k.json', late_after_minutes: 15 },
    },
  };
  return [...ORDERS.map((order, index) => toTask(order, `${runId}-${index + 1}`)), flights];
}

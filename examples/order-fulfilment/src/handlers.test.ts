import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HandlerRegistry, isHandler, runStep, type StepOutcome } from '@tasker/worker-sdk';
import { parseTemplate } from '@tasker/workflow';
import * as handlers from './index';

const order = {
  order_id: 'A-1',
  customer: { name: 'Ada', email: 'ada@example.org' },
  card_number: '4242424242424242',
  items: [
    { sku: 'BOOK-SQL', quantity: 2 },
    { sku: 'MUG-BLUE', quantity: 10 },
  ],
};
const validated = {
  order_id: 'A-1',
  lines: [
    { sku: 'BOOK-SQL', title: 'The Art of SQL', quantity: 2 },
    { sku: 'MUG-BLUE', title: 'Blue mug', quantity: 10 },
  ],
  total_cents: 19_400,
};
const stock = {
  lines: [
    { sku: 'BOOK-SQL', quantity: 2, warehouse: 'oslo' },
    { sku: 'MUG-BLUE', quantity: 10, warehouse: 'porto' },
  ],
};

function resultOf(outcome: StepOutcome) {
  return outcome.kind === 'success' ? outcome.result : outcome.error;
}

test('the template is valid and every step has its handler', () => {
  const path = join(__dirname, '..', 'templates', 'order_fulfilment.yaml');
  const parsed = parseTemplate(readFileSync(path, 'utf8'), { fileName: path });
  expect(parsed).toMatchObject({ ok: true });
  const registry = new HandlerRegistry();
  for (const exported of Object.values(handlers)) if (isHandler(exported)) registry.register(exported);
  for (const { handler } of parsed.ok ? parsed.template.steps : []) {
    expect(() => registry.resolve(handler)).not.toThrow();
  }
});

test('a valid order gets its total', async () => {
  expect(resultOf(await runStep(handlers.ValidateOrder, { context: order }))).toEqual(validated);
});

test('an unknown article is no reason to try again', async () => {
  const context = { ...order, items: [{ sku: 'SOAP', quantity: 1 }] };
  expect(resultOf(await runStep(handlers.ValidateOrder, { context }))).toMatchObject({
    message: 'article SOAP is not in the catalogue',
    errorType: 'unknown_article',
    retryable: false,
  });
});

test('a payment succeeds on the attempt after the last one that times out', async () => {
  const setup = { context: order, dependencies: { validate_order: validated }, config: { failing_attempts: 2 } };
  for (const attempt of [1, 2]) {
    expect(resultOf(await runStep(handlers.AuthorizePayment, { ...setup, attempt }))).toMatchObject({
      errorType: 'gateway_timeout',
      retryable: true,
    });
  }
  expect(resultOf(await runStep(handlers.AuthorizePayment, { ...setup, attempt: 3 }))).toEqual({
    authorization: expect.stringMatching(/^auth_[0-9a-f]{12}$/),
    amount_cents: 19_400,
    card: '**** 4242',
    attempts: 3,
  });
});

test('a declined card fails for good and shows its last digits only', async () => {
  const context = { ...order, card_number: handlers.DECLINED_CARD };
  const outcome = await runStep(handlers.AuthorizePayment, { context, dependencies: { validate_order: validated } });
  expect(resultOf(outcome)).toMatchObject({ errorCode: 'card_declined', retryable: false });
  expect(JSON.stringify(outcome)).not.toContain(handlers.DECLINED_CARD);
});

test('each line comes from a warehouse that has it in full', async () => {
  expect(resultOf(await runStep(handlers.checkStock, { dependencies: { validate_order: validated } }))).toEqual(stock);
});

test('more than any warehouse has is out of stock', async () => {
  const lines = [{ sku: 'CHAIR-XL', title: 'Reading chair', quantity: 2 }];
  const outcome = await runStep(handlers.checkStock, { dependencies: { validate_order: { ...validated, lines } } });
  expect(resultOf(outcome)).toMatchObject({ errorType: 'out_of_stock', retryable: false });
});

test('goods of two warehouses go in two parcels, and the customer is told', async () => {
  const reserved = resultOf(
    await runStep(handlers.reserveStock, { context: order, dependencies: { check_stock: stock } }),
  );
  expect(reserved).toEqual({
    reservations: [
      { id: 'A-1-1', sku: 'BOOK-SQL', warehouse: 'oslo' },
      { id: 'A-1-2', sku: 'MUG-BLUE', warehouse: 'porto' },
    ],
  });
  const reserve_stock = JSON.parse(JSON.stringify(reserved));
  const ship_order = JSON.parse(
    JSON.stringify(
      resultOf(await runStep(handlers.ShipOrder, { dependencies: { reserve_stock }, config: { carrier: 'Gull' } })),
    ),
  );
  expect(ship_order).toEqual({
    carrier: 'Gull',
    tracking_number: expect.stringMatching(/^NP[0-9A-F]{8}$/),
    parcels: 2,
  });
  const dependencies = { authorize_payment: { amount_cents: 19_400 }, ship_order };
  expect(resultOf(await runStep(handlers.sendConfirmation, { context: order, dependencies }))).toEqual({
    to: 'ada@example.org',
    subject: 'Your order A-1 is on its way',
    text: `Dear Ada, Gull brings your 194.00 EUR order as ${ship_order.tracking_number}.`,
  });
});

test('an attempt that is called off does not wait for the service', async () => {
  const reason = new Error('the time of the step is up');
  const setup = { context: order, config: { latency_ms: 600_000 }, signal: AbortSignal.abort(reason) };
  expect((await runStep(handlers.ValidateOrder, setup)).kind).toBe('failure');
});

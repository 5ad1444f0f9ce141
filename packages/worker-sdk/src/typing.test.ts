import { type DefinedHandler, defineHandler, type ResultOf } from './define-handler';
import { dependency, input } from './handler-sources';
import { runStep } from './run-step';
import { failure, success } from './step-result';

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const validate = defineHandler('validate', { inputs: { total: input<number>('total') } }, async ({ total }) =>
  total > 0 ? success({ total }) : failure('nothing to pay', { retryable: false }),
);

const charge = defineHandler(
  'charge',
  { depends: { order: dependency<ResultOf<typeof validate>>('validate') } },
  ({ order }) => ({ charged: order.total }),
);

test('a result type flows from the handler that gives it to the handler that depends on it', async () => {
  const same: Same<ResultOf<typeof validate>, { total: number }> = true;
  const chain: DefinedHandler<{ charged: number }> = charge;
  expect(same).toBe(true);
  expect(await runStep(chain, { dependencies: { validate: { total: 4 } } })).toMatchObject({ result: { charged: 4 } });
  expect(await runStep(validate, { context: { total: 0 } })).toMatchObject({ error: { message: 'nothing to pay' } });
});

import { defineHandler } from './define-handler';
import { type HandlerReference, HandlerRegistry, isHandler } from './handler-registry';
import { StepHandler } from './step-handler';

class ChargeCard extends StepHandler {
  static override handlerName = 'charge_card';
  static override handlerVersion = '2.1.0';
  call() {
    return {};
  }
}

const refund = defineHandler('refund', {}, () => ({}));

function reference(callable: string, resolver: string | null = null): HandlerReference {
  return { callable, resolver, method: null };
}

function registryWithBoth() {
  const registry = new HandlerRegistry();
  registry.register(ChargeCard);
  registry.register(refund);
  return registry;
}

test('handlers are found by their names', () => {
  const registry = registryWithBoth();
  expect(registry.resolve(reference('charge_card'))).toBe(ChargeCard);
  expect(registry.resolve(reference('refund'))).toBe(refund);
  expect(registry.names()).toEqual(['charge_card', 'refund']);
  expect(registry.list()).toEqual([
    { name: 'charge_card', version: '2.1.0' },
    { name: 'refund', version: '1.0.0' },
  ]);
});

test.each(['ChargeCard', 'payments.ChargeCard', 'Payments::ChargeCard', './payments/ChargeCard'])(
  'a class is found by the callable %s',
  (callable) => {
    expect(registryWithBoth().resolve(reference(callable))).toBe(ChargeCard);
  },
);

test('a handler that nobody knows is an error that lists the known ones', () => {
  expect(() => registryWithBoth().resolve(reference('Nope'))).toThrow(
    "no handler is registered for 'Nope'; registered handlers: charge_card, refund",
  );
  expect(() => new HandlerRegistry().resolve(reference('Nope'))).toThrow('registered handlers: none');
});

test('the same handler may be registered twice, another one under its name may not', () => {
  const registry = registryWithBoth();
  registry.register(refund);
  expect(() => registry.register(ChargeCard, 'refund')).toThrow("two handlers are called 'refund'");
});

test('resolvers are asked in order of their priority', () => {
  const registry = registryWithBoth();
  registry.addResolver({
    name: 'early',
    priority: 5,
    resolve: ({ callable }) => (callable === 'refund' ? ChargeCard : null),
  });
  registry.addResolver({ name: 'late', priority: 500, resolve: () => refund });
  expect(registry.resolve(reference('refund'))).toBe(ChargeCard);
  expect(registry.resolve(reference('unknown'))).toBe(refund);
});

test('a resolver hint asks that resolver only', () => {
  const registry = registryWithBoth();
  expect(registry.resolve(reference('ChargeCard', 'class_lookup'))).toBe(ChargeCard);
  expect(() => registry.resolve(reference('ChargeCard', 'explicit_mapping'))).toThrow("knows no handler 'ChargeCard'");
  expect(() => registry.resolve(reference('refund', 'magic'))).toThrow("no resolver is called 'magic'");
});

test('classes, functional handlers and nothing else are handlers', () => {
  expect([ChargeCard, refund].every(isHandler)).toBe(true);
  expect([StepHandler, class {}, () => 1, {}, null, 'x', new ChargeCard()].some(isHandler)).toBe(false);
});

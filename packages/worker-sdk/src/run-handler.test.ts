import type { StepOutcome } from '@tasker/workflow';
import { defineHandler } from './define-handler';
import { PermanentError, RetryableError } from './errors';
import { dependency, input } from './handler-sources';
import { runStep } from './run-step';
import type { StepContext } from './step-context';
import { StepHandler } from './step-handler';
import { failure, success } from './step-result';

class Carrier extends StepHandler {
  static override handlerName = 'carrier';
  private readonly calls: string[] = [];

  call(context: StepContext) {
    this.calls.push(context.stepName);
    return this.success({ calls: this.calls.length }, { by: 'road' });
  }

  async air(context: StepContext) {
    return { to: context.getInput('city') ?? null };
  }

  refuse() {
    return this.failure('no route', 'no_route', false, { city: 'Oz' }, 'R-1');
  }
}

function errorOf(outcome: StepOutcome) {
  if (outcome.kind === 'success') throw new Error('the step succeeded');
  return outcome.error;
}

async function thrownBy(run: () => unknown) {
  return errorOf(await runStep(defineHandler('h', {}, run)));
}

describe('a handler class', () => {
  test('is made anew for every attempt', async () => {
    const expected = { kind: 'success', result: { calls: 1 }, metadata: { by: 'road' } };
    expect(await runStep(Carrier)).toEqual(expected);
    expect(await runStep(Carrier)).toEqual(expected);
  });

  test('answers the method that the template names', async () => {
    const outcome = await runStep(Carrier, { method: 'air', context: { city: 'Oslo' } });
    expect(outcome).toEqual({ kind: 'success', result: { to: 'Oslo' }, metadata: {} });
  });

  test.each(['nowhere', 'constructor', 'success', '__proto__', 'toString', 'calls'])(
    'fails for good when the template names the method %s',
    async (method) => {
      const error = errorOf(await runStep(Carrier, { method }));
      expect(error).toMatchObject({ errorType: 'handler_not_found', retryable: false });
      expect(error.message).toContain(`no method '${method}'`);
    },
  );

  test('gives its failure with type, code and metadata', async () => {
    expect(errorOf(await runStep(Carrier, { method: 'refuse' }))).toEqual({
      message: 'no route',
      errorType: 'no_route',
      errorCode: 'R-1',
      retryable: false,
      retryAfterMs: null,
      backtrace: [],
      context: { city: 'Oz' },
    });
  });
});

describe('a functional handler', () => {
  const charge = defineHandler(
    'charge',
    {
      depends: { order: dependency<{ total: number }>('validate'), hint: 'hint' },
      inputs: { currency: input<string>('currency', 'EUR'), note: 'note' },
      version: '2.0.0',
    },
    ({ order, hint, currency, note, context }) => ({
      total: order.total,
      hint: hint ?? null,
      currency,
      note: note ?? null,
      n: context.attempt,
    }),
  );

  test('receives the arguments that it asked for', async () => {
    const outcome = await runStep(charge, {
      dependencies: { validate: { total: 3 }, hint: 'x' },
      context: { note: 1 },
    });
    expect(outcome).toMatchObject({ result: { total: 3, hint: 'x', currency: 'EUR', note: 1, n: 1 } });
    expect(charge).toMatchObject({ handlerName: 'charge', handlerVersion: '2.0.0' });
  });

  test('fails for good when a typed argument is missing', async () => {
    expect(errorOf(await runStep(charge))).toMatchObject({
      message: "the result of step 'validate' is missing",
      errorType: 'validation_error',
      retryable: false,
    });
  });

  test('has no other method than call', async () => {
    expect(errorOf(await runStep(charge, { method: 'air' }))).toMatchObject({ errorType: 'handler_not_found' });
  });

  test('may return success and failure', async () => {
    const good = defineHandler('good', {}, () => success([1], { took: 2 }));
    expect(await runStep(good)).toEqual({ kind: 'success', result: [1], metadata: { took: 2 } });
    const bad = defineHandler('bad', {}, () => failure('later', { retryAfterMs: 1_500.4 }));
    expect(errorOf(await runStep(bad))).toMatchObject({
      errorType: 'handler_error',
      retryable: true,
      retryAfterMs: 1500,
    });
  });

  test('cannot be defined with an argument twice, or without a name', () => {
    expect(() => defineHandler('h', { depends: { a: 'x' }, inputs: { a: 'y' } }, () => null)).toThrow(
      "'a' is taken twice",
    );
    expect(() => defineHandler('h', { inputs: { context: 'y' } }, () => null)).toThrow("'context' is taken twice");
    expect(() => defineHandler('', {}, () => null)).toThrow('needs a name');
  });
});

describe('what a handler throws', () => {
  test('a PermanentError is not retryable', async () => {
    const error = await thrownBy(() => {
      throw new PermanentError('card declined', { errorCode: 'DECLINED', metadata: { last4: '4242' } });
    });
    expect(error).toMatchObject({
      message: 'card declined',
      errorType: 'permanent_error',
      errorCode: 'DECLINED',
      retryable: false,
      context: { last4: '4242' },
    });
    expect(error.backtrace[0]).toMatch(/^at /);
  });

  test('a RetryableError carries its delay', async () => {
    const error = await thrownBy(() => {
      throw new RetryableError('busy', { retryAfterMs: 250, errorType: 'rate_limit' });
    });
    expect(error).toMatchObject({ errorType: 'rate_limit', retryable: true, retryAfterMs: 250 });
  });

  test('any other error is retryable, with its class as type, its code and its causes', async () => {
    const error = await thrownBy(() => {
      throw new TypeError('odd', { cause: Object.assign(new Error('socket'), { code: 'ECONNRESET' }) });
    });
    expect(error).toMatchObject({ message: 'odd', errorType: 'TypeError', errorCode: null, retryable: true });
    expect(error.backtrace).toContain('caused by Error: socket');
  });

  test.each([
    ['a text', 'oops', "the handler threw the text 'oops'"],
    ['nothing', undefined, 'the handler threw undefined'],
    ['an object', { a: 1 }, 'the handler threw an object that is no Error'],
    ['an error without a message', new Error(''), 'the handler failed without a message'],
  ])('%s is told in words', async (_, thrown, message) => {
    const error = await thrownBy(() => {
      throw thrown;
    });
    expect(error).toMatchObject({ message, retryable: true });
  });

  test('texts lose what PostgreSQL cannot store, and metadata that is no JSON is left out', async () => {
    const error = await thrownBy(() => {
      throw new PermanentError('a\u0000b\ud800', { metadata: { bad: 1n } as never });
    });
    expect(error.message).toBe('ab\ufffd');
    expect(error).not.toHaveProperty('context');
  });
});

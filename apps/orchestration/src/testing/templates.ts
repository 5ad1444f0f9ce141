/** A step of a template, whose handler is called `work`. */
export const step = (name: string, ...dependencies: string[]) => ({
  name,
  dependencies,
  handler: { callable: 'work' },
});

/** A template of the namespace `shop`, of which any number of equal tasks may be made. */
export const template = (name: string, steps: readonly object[] = [step('only')]) => ({
  namespace_name: 'shop',
  name,
  version: '1.0.0',
  identity_strategy: 'always_unique',
  steps,
});

/** Two steps, one after the other. */
export const ORDER = template('order', [step('charge'), step('ship', 'charge')]);

interface BenchTemplate {
  readonly namespace_name: string;
  readonly name: string;
  readonly version: string;
  readonly identity_strategy: 'always_unique';
  readonly steps: readonly { name: string; dependencies: readonly string[]; handler: { callable: string } }[];
}

function template(name: string, steps: readonly (readonly [string, readonly string[]])[]): BenchTemplate {
  return {
    namespace_name: 'bench',
    name,
    version: '1.0.0',
    identity_strategy: 'always_unique',
    steps: steps.map(([step, dependencies]) => ({ name: step, dependencies, handler: { callable: 'square' } })),
  };
}

/** Four steps in sequence. */
export const LINEAR_4 = template('linear_4', [
  ['step_1', []],
  ['step_2', ['step_1']],
  ['step_3', ['step_2']],
  ['step_4', ['step_3']],
]);

const leaves = Array.from({ length: 40 }, (_, index) => `leaf_${index + 1}`);

/** One step, forty at the same time, one step: 42 in all. */
export const FAN_OUT_40 = template('fan_out_40', [
  ['start', []],
  ...leaves.map((leaf) => [leaf, ['start']] as const),
  ['end', leaves],
]);

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

/** One step, `width` at the same time, one step: `width` + 2 in all. */
function fanOut(width: number): BenchTemplate {
  const leaves = Array.from({ length: width }, (_, index) => `leaf_${index + 1}`);
  return template(`fan_out_${width}`, [
    ['start', []],
    ...leaves.map((leaf) => [leaf, ['start']] as const),
    ['end', leaves],
  ]);
}

export const FAN_OUT_40 = fanOut(40);
/** As large as a task is meant to be. */
export const FAN_OUT_10000 = fanOut(10_000);

import { integer, section } from '@tasker/config';

interface PoolDefaults {
  readonly min: number;
  readonly max: number;
  readonly high: number;
  readonly low: number;
}

function pool(of: string, { min, max, high, low }: PoolDefaults) {
  return section(`Executors that ${of}.`, {
    min_executors: integer('Executors that are always there.', { default: min, minimum: 1, maximum: 1_000 }),
    max_executors: integer('Executors at the most.', { default: max, minimum: 1, maximum: 1_000 }),
    queue_high_watermark: integer(
      'Waiting work above which executors are added; while all of them are there, new work is refused.',
      {
        default: high,
        minimum: 1,
        maximum: 1_000_000,
      },
    ),
    queue_low_watermark: integer('Waiting work below which executors end, down to the least.', {
      default: low,
      minimum: 0,
      maximum: 1_000_000,
    }),
  });
}

/** `[executor_pools]` */
export const executorPoolsSchema = section('How many executors work at once, and when to push back.', {
  task_initializer: pool('create tasks', { min: 2, max: 10, high: 100, low: 10 }),
  result_processor: pool('process results of steps', { min: 2, max: 10, high: 200, low: 20 }),
  step_enqueuer: pool('enqueue steps that became ready', { min: 2, max: 10, high: 150, low: 15 }),
});

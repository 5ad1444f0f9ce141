/** The queues of orchestration. */
export const ORCHESTRATION_QUEUES = {
  /** Tasks that somebody asks for. */
  requests: 'orchestration_task_requests',
  /** Results of steps. */
  results: 'orchestration_step_results',
  /** Tasks that somebody wants looked at afresh. */
  finalizations: 'orchestration_task_finalizations',
} as const;

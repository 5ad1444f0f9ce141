export { createOrchestrator, type Orchestrator, type OrchestratorOptions } from './orchestrator';

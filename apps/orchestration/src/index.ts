export { createOrchestrator, type GrpcOptions, type Orchestrator, type OrchestratorOptions } from './orchestrator';

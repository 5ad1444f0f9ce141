import { stopOnSignals } from '@tasker/service-host';
import { loadSettings, readArguments } from '@tasker/settings';
import { createLogger, redactText } from '@tasker/telemetry';
import { createOrchestrator } from './orchestrator';

async function main(): Promise<void> {
  const { settings, environment } = loadSettings({
    ...readArguments(process.argv.slice(2)),
    variables: process.env,
    kind: 'orchestration',
  });
  const { log_level: level, log_format: format } = settings.telemetry;
  const logger = createLogger({ service: 'orchestration', level, format });
  const orchestrator = createOrchestrator({
    settings,
    environment,
    logger,
    onFailed: () => stop('failure', 1),
  });
  const stop = stopOnSignals({
    service: orchestrator,
    shutdownTimeoutMs: settings.orchestration.shutdown_timeout_ms,
    logger,
  });
  await orchestrator.start();
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`orchestration cannot start: ${redactText(reason)}\n`);
  process.exit(1);
});

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

  let stopping = false;
  function stop(reason: string, exitCode: number): void {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { reason });
    orchestrator.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        logger.error('stop failed', { error });
        process.exit(1);
      },
    );
  }
  process.on('SIGTERM', () => stop('SIGTERM', 0));
  process.on('SIGINT', () => stop('SIGINT', 0));
  await orchestrator.start();
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`orchestration cannot start: ${redactText(reason)}\n`);
  process.exit(1);
});

import { loadSettings, readArguments } from '@tasker/settings';
import { createLogger, createTracing, redactText } from '@tasker/telemetry';
import { createOrchestrator } from './orchestrator';
import { toOrchestrationSettings } from './settings';

async function main(): Promise<void> {
  const { settings, environment } = loadSettings({
    ...readArguments(process.argv.slice(2)),
    variables: process.env,
    kind: 'orchestration',
  });
  const { logLevel: level, logFormat: format, tracing: traced, ...options } = toOrchestrationSettings(settings);
  const logger = createLogger({ service: 'orchestration', level, format });
  const tracing = createTracing({ ...traced, logger });
  const orchestrator = createOrchestrator({ ...options, environment, logger, tracing });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { signal });
    const stopped = orchestrator.stop().finally(() => tracing?.stop());
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('stop failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await orchestrator.start();
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`orchestration cannot start: ${redactText(reason)}\n`);
  process.exit(1);
});

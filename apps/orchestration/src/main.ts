import { readEnvironment } from '@tasker/config';
import { createLogger } from '@tasker/telemetry';
import { createOrchestrator } from './orchestrator';
import { readSettings } from './settings';

async function main(): Promise<void> {
  const { logLevel: level, ...settings } = readSettings(readEnvironment(process.env));
  const logger = createLogger({ service: 'orchestration', level });
  const orchestrator = createOrchestrator({ ...settings, logger });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info('stopping', { signal });
    orchestrator.stop().then(
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
  process.stderr.write(`orchestration cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

import { readEnvironment } from '@tasker/config';
import { createLogger } from '@tasker/telemetry';
import { findTemplateNamespaces } from './find-template-namespaces';
import { loadHandlers } from './load-handlers';
import { readSettings, type WorkerSettings } from './settings';
import { createWorker } from './worker';

async function findNamespaces({ namespaces, templatePath }: WorkerSettings): Promise<readonly string[]> {
  return namespaces.length > 0 || templatePath === null ? namespaces : findTemplateNamespaces(templatePath);
}

async function main(): Promise<void> {
  const settings = readSettings(readEnvironment(process.env));
  const logger = createLogger({ service: 'worker', level: settings.logLevel });
  const worker = createWorker({
    ...settings,
    logger,
    namespaces: await findNamespaces(settings),
    handlers: await loadHandlers(settings.handlerPaths),
  });

  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    logger.info('stopping', { signal });
    worker.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('stop failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await worker.start();
}

main().catch((error: unknown) => {
  process.stderr.write(`worker cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

import { loadSettings, readArguments } from '@tasker/settings';
import { createLogger, createTracing, redactText } from '@tasker/telemetry';
import { findTemplateNamespaces } from './find-template-namespaces';
import { loadHandlers } from './load-handlers';
import { toWorkerSettings, type WorkerSettings } from './settings';
import { createWorker } from './worker';

async function findNamespaces({ namespaces, templatePath }: WorkerSettings): Promise<readonly string[]> {
  return namespaces.length > 0 || templatePath === null ? namespaces : findTemplateNamespaces(templatePath);
}

async function main(): Promise<void> {
  const loaded = loadSettings({ ...readArguments(process.argv.slice(2)), variables: process.env, kind: 'worker' });
  const settings = toWorkerSettings(loaded.settings);
  const logger = createLogger({ service: 'worker', level: settings.logLevel, format: settings.logFormat });
  const tracing = createTracing({ ...settings.tracing, logger });
  const worker = createWorker({
    ...settings,
    logger,
    tracing,
    namespaces: await findNamespaces(settings),
    handlers: await loadHandlers(settings.handlerPaths),
  });

  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    logger.info('stopping', { signal });
    const stopped = worker.stop().finally(() => tracing?.stop());
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
  await worker.start();
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`worker cannot start: ${redactText(reason)}\n`);
  process.exit(1);
});

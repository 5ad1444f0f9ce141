import { stopOnSignals } from '@tasker/service-host';
import { loadSettings, readArguments, type Settings } from '@tasker/settings';
import { createLogger, redactText } from '@tasker/telemetry';
import { findTemplateNamespaces } from './find-template-namespaces';
import { loadHandlers } from './load-handlers';
import { createWorker } from './worker';

async function findNamespaces({ namespaces, template_path: path }: Settings['worker']): Promise<readonly string[]> {
  return namespaces.length > 0 || path === '' ? namespaces : findTemplateNamespaces(path);
}

async function main(): Promise<void> {
  const { settings, environment } = loadSettings({
    ...readArguments(process.argv.slice(2)),
    variables: process.env,
    kind: 'worker',
  });
  const { log_level: level, log_format: format } = settings.telemetry;
  const logger = createLogger({ service: 'worker', level, format });
  const worker = createWorker({
    settings,
    environment,
    logger,
    namespaces: await findNamespaces(settings.worker),
    handlers: await loadHandlers(settings.worker.handlers),
    onFailed: () => stop('failure', 1),
  });
  const stop = stopOnSignals({ service: worker, shutdownTimeoutMs: settings.worker.shutdown_timeout_ms, logger });
  await worker.start();
}

main().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`worker cannot start: ${redactText(reason)}\n`);
  process.exit(1);
});

import type { LoadedSettings } from '@tasker/settings';
import type { Command } from 'commander';
import { addConfigOptions, addProcessOption, type ConfigOptions, loadChosenSettings } from '../config-options';
import { type Console, writeJson, writeLine } from '../console';
import { examples, wantsJson } from '../global-options';

function summarize({ settings, environment, directory }: LoadedSettings) {
  return {
    environment,
    directory,
    deployment_mode: settings.orchestration.deployment_mode,
    database_pool: settings.database.max_connections,
    circuit_breakers: Object.keys(settings.circuit_breakers).length,
  };
}

/** Adds `tasker config validate`. */
export function addConfigValidateCommand(parent: Command, console: Console): void {
  addProcessOption(addConfigOptions(parent.command('validate')))
    .summary('check the configuration')
    .description(
      'Checks the configuration: files, variables and all keys. Prints every mistake with its source, key and what is allowed. Exit status 1 when there are any. Also installed as config-validator.',
    )
    .addHelpText(
      'after',
      examples('tasker config validate --env production', 'tasker config validate --process worker --json'),
    )
    .action((options: ConfigOptions, command: Command) => {
      const summary = summarize(loadChosenSettings(options, console));
      if (wantsJson(command)) return writeJson(console, summary);
      for (const line of [
        'Configuration loaded successfully',
        `Environment: ${summary.environment}`,
        `Deployment mode: ${summary.deployment_mode}`,
        `Database pool: ${summary.database_pool} connections`,
        `Circuit breakers: ${summary.circuit_breakers} configurations`,
      ]) {
        writeLine(console.stdout, `✓ ${line}`);
      }
    });
}

import { describeAllowed, isSection, type KeySchema, type SectionSchema } from '@tasker/config';
import { DIRECTORY_VARIABLE, ENVIRONMENT_VARIABLE, SETTINGS_SCHEMA, variableBindings } from '@tasker/settings';

const INTRODUCTION = `# Configuration

Written by \`tasker config reference\` from the schema that every process checks its configuration against.

## Where values come from

Each source wins over those before it:

1. the defaults below;
2. \`base/*.toml\` in the directory of the configuration, in the order of the names;
3. \`environments/<environment>/*.toml\`;
4. environment variables;
5. the command line: \`--set worker.lease_ms=5000\`.

Tables are merged key by key; lists are replaced. The directory is that of \`--dir\`, else of \`TASKER_CONFIG_DIR\`, else \`config/tasker\`
in the working directory, else the one that comes with the sources; without any, the defaults and variables are enough. The
environment is that of \`--env\`, else of \`TASKER_ENV\`, else \`development\`; when there are directories for environments, it must be one
of them.

In the files, \`\${VARIABLE}\` stands for a variable and \`\${VARIABLE:-default}\` for one that may be missing or empty. They are replaced
after the file was parsed, so a value cannot bring in further keys. A text that is nothing but a placeholder may become a number or
a switch.

Any key may be given by a variable: \`TASKER__orchestration__hybrid__polling_interval_ms=2000\`; elements of lists have commas between.
An empty variable counts as not set. Each variable may also be given as \`<NAME>_FILE\`, the path of a file that holds the value, for
secrets. Two variables that give one key must agree.

A process starts only with a valid configuration, and else tells all that is wrong with it: unknown keys, wrong types, values out of
bounds, keys that do not go together. \`tasker config validate\` (or \`config-validator\`) checks it beforehand, \`tasker config show\`
shows each value with its source.

## Variables with names of their own
`;

/** Gives the reference of all keys, as Markdown. */
export function renderConfigReference(): string {
  return `${INTRODUCTION}\n${renderVariables().join('\n')}\n${renderSection(SETTINGS_SCHEMA, []).join('\n')}`;
}

function renderVariables(): readonly string[] {
  const rows = Object.entries(variableBindings(null)).map(([name, keys]) => {
    const of = name === 'TASKER_WEB_BIND_ADDRESS' ? ', whichever the process is' : '';
    return `| \`${name}\` | ${keys.map((key) => `\`${key}\``).join(', ')}${of} |`;
  });
  return [
    '| variable | keys |',
    '|---|---|',
    `| \`${ENVIRONMENT_VARIABLE}\` | none: it names the environment |`,
    `| \`${DIRECTORY_VARIABLE}\` | none: it names the directory |`,
    ...rows,
    '',
  ];
}

function renderSection(schema: SectionSchema, path: readonly string[]): readonly string[] {
  const entries = Object.entries(schema.properties);
  const rows = entries.flatMap(([name, node]) => (isSection(node) ? [] : [renderKey(name, node)]));
  const own =
    rows.length === 0
      ? []
      : [
          `## \`[${path.join('.')}]\``,
          '',
          schema.description,
          '',
          '| key | allowed | default | effect |',
          '|---|---|---|---|',
          ...rows,
          '',
        ];
  return [...own, ...entries.flatMap(([name, node]) => (isSection(node) ? renderSection(node, [...path, name]) : []))];
}

function renderKey(name: string, schema: KeySchema): string {
  const from = 'x-default-from' in schema ? schema['x-default-from'] : undefined;
  const byDefault = from === undefined ? `\`${JSON.stringify(schema.default)}\`` : `that of \`${from}\``;
  const secret = 'x-secret' in schema && schema['x-secret'] === true ? ' Secret.' : '';
  return `| \`${name}\` | ${describeAllowed(schema)} | ${byDefault} | ${schema.description}${secret} |`;
}

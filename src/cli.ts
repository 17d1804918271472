#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  commonMatrix,
  comparisonMatrix,
  formatMarkdown,
  formatProblems,
  formatTable,
  fullMatrix,
  loadConfig,
  settingsOf,
  type Config,
} from './config/index.ts';

const usage = `Usage: sluice <command> [options]

  matrix      the environments side by side, with every default filled in and marked
  validate    check sluice.yml: all mistakes at once, each with its place

  --config FILE                   the file to read (sluice.yml)
  --format table|markdown|json    how the matrix is written (table)
  -h, --help
  -v, --version`;

/** What a command ended with: 0 good, 1 sluice.yml has mistakes, 2 the command has. */
type ExitCode = 0 | 1 | 2;

const formats = ['table', 'markdown', 'json'] as const;
type Format = (typeof formats)[number];

/** Not a terminal: it has no width of its own. */
const columnsElsewhere = 160;

async function main(argv: readonly string[]): Promise<ExitCode> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'sluice.yml' },
        format: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', short: 'v', default: false },
      },
    });
  } catch (error: unknown) {
    return misused(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.version) {
    console.log(version());
    return 0;
  }
  const [command, ...rest] = positionals;
  if (command === undefined) return misused('sluice needs a command.');
  if (rest.length > 0) return misused(`sluice ${command} takes no "${rest.join(' ')}".`);
  switch (command) {
    case 'validate':
      if (values.format !== undefined) return misused('--format belongs to matrix.');
      return withConfig(
        values.config,
        (config) => `${values.config} is valid: ${Object.keys(config.environments).join(', ')}.`,
      );
    case 'matrix': {
      const format = formats.find((each) => each === (values.format ?? 'table'));
      if (format === undefined) {
        return misused(`--format takes ${formats.join(', ')}, and is "${values.format ?? ''}".`);
      }
      return withConfig(values.config, (config) => showMatrix(config, format));
    }
    default:
      return misused(`sluice has no command "${command}".`);
  }
}

async function withConfig(file: string, show: (config: Config) => string): Promise<ExitCode> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) {
    console.error(formatProblems(loaded.problems));
    return 1;
  }
  console.log(show(loaded.config));
  return 0;
}

function showMatrix(config: Config, format: Format): string {
  switch (format) {
    case 'json':
      return JSON.stringify(asJson(config), null, 2);
    case 'markdown':
      return [
        formatMarkdown(comparisonMatrix(config)),
        formatMarkdown(fullMatrix(config), 'Key'),
        formatMarkdown(commonMatrix(config), 'Key'),
      ].join('\n\n');
    case 'table': {
      const columns = process.stdout.isTTY ? process.stdout.columns : columnsElsewhere;
      return [
        formatTable(comparisonMatrix(config), columns),
        'Every key:',
        formatTable(fullMatrix(config), columns),
        'The same everywhere:',
        formatTable(commonMatrix(config), columns),
      ].join('\n\n');
    }
  }
}

/** For scripts: `environments.NAME.KEY` is `{ value, isDefault }`, the value as sluice.yml would write it. */
function asJson(config: Config): object {
  const names = Object.keys(config.environments);
  const { environments, rows } = comparisonMatrix(config);
  return {
    service: config.service,
    comparison: Object.fromEntries(
      rows.map(({ aspect, cells }) => [
        aspect,
        Object.fromEntries(environments.map((name, index) => [name, cells[index]])),
      ]),
    ),
    environments: Object.fromEntries(
      names.map((name) => [
        name,
        Object.fromEntries(
          settingsOf(config, name).map(({ key, value, isDefault }) => [key, { value, isDefault }]),
        ),
      ]),
    ),
  };
}

function misused(message: string): ExitCode {
  console.error(`${message}\n\n${usage}`);
  return 2;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

// `npx sluice matrix | head` closes the pipe before everything is written: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2));

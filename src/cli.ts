#!/usr/bin/env node
import { parseArgs } from 'node:util';
import {
  commonKeys,
  comparisonMatrix,
  formatMarkdown,
  formatProblems,
  formatTable,
  fullMatrix,
  loadConfig,
  type Config,
} from './config/index.ts';

const usage = `sluice <command> [options]

  matrix      the environments side by side, with every default filled in
  validate    check sluice.yml: all mistakes at once, each with its place

  --config FILE                    (sluice.yml)
  --format table|markdown|json     matrix only (table)
  --help`;

/** What a command ended with: 0 good, 1 sluice.yml is wrong, 2 the command is. */
type ExitCode = 0 | 1 | 2;

async function main(argv: readonly string[]): Promise<ExitCode> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'sluice.yml' },
        format: { type: 'string', default: 'table' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error: unknown) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [command, ...rest] = positionals;
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (rest.length > 0 || (command !== 'matrix' && command !== 'validate')) {
    console.error(
      command === undefined ? usage : `sluice has no command "${positionals.join(' ')}".\n\n${usage}`,
    );
    return 2;
  }
  const { format } = values;
  if (format !== 'table' && format !== 'markdown' && format !== 'json') {
    console.error(`--format takes table, markdown or json, and is "${format}".`);
    return 2;
  }
  const loaded = await loadConfig(values.config);
  if (!loaded.ok) {
    console.error(formatProblems(loaded.problems));
    return 1;
  }
  if (command === 'validate') {
    console.log(`${values.config} is valid: ${Object.keys(loaded.config.environments).join(', ')}.`);
  } else {
    console.log(showMatrix(loaded.config, format));
  }
  return 0;
}

function showMatrix(config: Config, format: 'table' | 'markdown' | 'json'): string {
  switch (format) {
    case 'json':
      return JSON.stringify(config, null, 2);
    case 'markdown':
      return [formatMarkdown(comparisonMatrix(config)), '', formatMarkdown(fullMatrix(config))].join('\n');
    case 'table': {
      // Not a terminal: it has no width, and cells should not be cut to a small one.
      const columns = process.stdout.isTTY ? process.stdout.columns : 160;
      const common = commonKeys(config).map(([key, value]) => `${key.padEnd(32)}  ${value}`);
      return [
        formatTable(comparisonMatrix(config), columns),
        '',
        'Every key, with its default where sluice.yml says nothing:',
        '',
        formatTable(fullMatrix(config), columns),
        '',
        'The same everywhere:',
        '',
        ...common,
      ].join('\n');
    }
  }
}

process.exitCode = await main(process.argv.slice(2));

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
  type Matrix,
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

/**
 * `sluice …`: says on stdout what was asked for, and on stderr what is wrong.
 *
 * @param version what `--version` answers
 */
export async function sluice(argv: readonly string[], version: string): Promise<ExitCode> {
  // `sluice matrix | head` closes the pipe before everything is written: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

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
    console.log(version);
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
    console.error(visible(formatProblems(loaded.problems)));
    return 1;
  }
  console.log(show(loaded.config));
  return 0;
}

function showMatrix(config: Config, format: Format): string {
  switch (format) {
    case 'json':
      return visible(JSON.stringify(asJson(config), null, 2));
    case 'markdown':
      return [
        formatMarkdown(visibleMatrix(comparisonMatrix(config))),
        formatMarkdown(visibleMatrix(fullMatrix(config)), 'Key'),
        formatMarkdown(visibleMatrix(commonMatrix(config)), 'Key'),
      ].join('\n\n');
    case 'table': {
      const columns = process.stdout.isTTY ? process.stdout.columns : columnsElsewhere;
      return [
        formatTable(visibleMatrix(comparisonMatrix(config)), columns),
        'Every key:',
        formatTable(visibleMatrix(fullMatrix(config)), columns),
        'The same everywhere:',
        formatTable(visibleMatrix(commonMatrix(config)), columns),
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

/**
 * sluice.yml may be somebody else's: a control character in it would steer the terminal, and one that turns the
 * direction of writing would show other text than there is. Both are shown as escapes, which JSON reads back.
 */
function visible(text: string): string {
  return text.replaceAll(
    /(?!\n)[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Before columns are made, so that they are as wide as what is shown. */
function visibleMatrix({ environments, rows }: Matrix): Matrix {
  return {
    environments: environments.map(visible),
    rows: rows.map(({ aspect, cells }) => ({
      aspect: visible(aspect),
      // A line break is a space in a cell.
      cells: cells.map((cell) => visible(cell.replaceAll(/\s+/g, ' '))),
    })),
  };
}

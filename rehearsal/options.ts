import { parseArgs } from 'node:util';

export interface Options {
  /** The branch or tag that HEAD is pushed as; `undefined` with `--no-push`. */
  readonly ref: string | undefined;
  /** Push HEAD through all environments, one after the other. */
  readonly journey: boolean;
  /** Approve what waits for a review, without a question. */
  readonly approve: boolean;
  readonly exit: boolean;
  /** A file to write the JSON summary to. */
  readonly summary: string | undefined;
  readonly repository: string;
  readonly config: string;
  readonly port: number | undefined;
  readonly timeScale: number;
  readonly driver: 'auto' | 'process' | 'docker';
  readonly fresh: boolean;
  readonly verbose: boolean;
  /** Values for GitHub variables that sluice.yml names and the rehearsal cannot know. */
  readonly variables: Readonly<Record<string, string>>;
}

export const usage = `npm start -- [options]

Brings up a local AWS and a local GitHub, pushes HEAD as develop, follows the pipeline, and stays up.

  --ref NAME          push HEAD as this branch, or as a tag where it looks like v1.2.3   (develop)
  --no-push           only bring it up
  --journey           push HEAD through all environments: develop, then main, then a tag
  --approve           approve deployments that wait for a review, as its reviewer
  --exit              stop when the run has ended; the exit code is its outcome
  --summary FILE      write what ran and what answers as JSON
  --repo DIR          the repository to rehearse                                         (this folder)
  --config FILE       its sluice.yml                                                     (sluice.yml)
  --port PORT         the web page's port; others follow it                              (4480)
  --time-scale N      the cloud's waits pass N times as fast; traffic stays real         (1; 20 for --journey)
  --driver NAME       what runs tasks: auto, process or docker                           (auto)
  --variable K=V      a GitHub variable that sluice.yml names; may be repeated
  --fresh             forget what earlier rehearsals of this repository left
  --verbose           print every line of every log
  --help

Docs: docs/rehearsal.md`;

/** A bake of ten minutes then takes half a minute, and a gate that waits for half an hour a minute and a half. */
const journeyTimeScale = 20;

/** @throws with every mistake at once, in words for the terminal */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const problems: string[] = [];
  const { values } = readArguments(argv);
  if (values.help === true) return 'help';

  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    problems.push(`--port takes a number from 1 to 65535, and is "${values.port ?? ''}".`);
  }
  const timeScale = Number(values['time-scale'] ?? (values.journey === true ? journeyTimeScale : 1));
  if (!(timeScale > 0 && timeScale <= 1000)) {
    problems.push(
      `--time-scale takes a number above 0 and up to 1000, and is "${values['time-scale'] ?? ''}".`,
    );
  }
  const driver = values.driver ?? 'auto';
  if (!isDriver(driver)) problems.push(`--driver takes auto, process or docker, and is "${driver}".`);
  const ref = values.ref ?? 'develop';
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(ref) || ref.includes('..') || ref.endsWith('/')) {
    problems.push(`--ref takes the name of a branch or a tag, and is "${ref}".`);
  }
  const variables: Record<string, string> = {};
  for (const pair of values.variable ?? []) {
    const separator = pair.indexOf('=');
    if (separator < 1) problems.push(`--variable takes NAME=value, and is "${pair}".`);
    else variables[pair.slice(0, separator)] = pair.slice(separator + 1);
  }
  if (values['no-push'] === true && values.exit === true) {
    problems.push('--exit waits for a run to end, and --no-push starts none: leave one of them out.');
  }
  if (values.journey === true && (values['no-push'] === true || values.ref !== undefined)) {
    problems.push('--journey pushes to every environment by itself: leave --ref and --no-push out.');
  }
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ref: values['no-push'] === true ? undefined : ref,
    journey: values.journey ?? false,
    approve: values.approve ?? false,
    exit: values.exit ?? false,
    summary: values.summary,
    repository: values.repo ?? '.',
    config: values.config ?? 'sluice.yml',
    port,
    timeScale,
    driver: isDriver(driver) ? driver : 'auto',
    fresh: values.fresh ?? false,
    verbose: values.verbose ?? false,
    variables,
  };
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(problems: readonly string[]) {
    super([...problems, '', '`npm start -- --help` lists the options.'].join('\n'));
  }
}

/** `refs/tags/v1.2.3` for what looks like a version, `refs/heads/…` for everything else. */
export function fullRef(name: string): string {
  return /^v\d+\.\d+\.\d+/.test(name) ? `refs/tags/${name}` : `refs/heads/${name}`;
}

function isDriver(value: string): value is Options['driver'] {
  return value === 'auto' || value === 'process' || value === 'docker';
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: {
        ref: { type: 'string' },
        'no-push': { type: 'boolean' },
        journey: { type: 'boolean' },
        approve: { type: 'boolean' },
        exit: { type: 'boolean' },
        summary: { type: 'string' },
        repo: { type: 'string' },
        config: { type: 'string' },
        port: { type: 'string' },
        'time-scale': { type: 'string' },
        driver: { type: 'string' },
        variable: { type: 'string', multiple: true },
        fresh: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error: unknown) {
    throw new UsageError([error instanceof Error ? error.message : String(error)]);
  }
}

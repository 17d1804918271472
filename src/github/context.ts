import { Failure } from './failure.ts';
import { commitSha, gitRef } from './inputs.ts';

/** Where this process runs: the repository, the commit, the run. From the variables that every runner sets. */
export interface Context {
  readonly owner: string;
  readonly repository: string;
  readonly sha: string;
  /** `refs/heads/develop` */
  readonly ref: string;
  readonly eventName: string;
  readonly actor: string;
  readonly runId: number;
  readonly runAttempt: number;
  readonly job: string;
  /** `https://github.com/OWNER/REPO/actions/runs/1` */
  readonly runUrl: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  /** The checked-out repository on this machine. */
  readonly workspace: string;
}

/** @throws Failure where this is not a step of a GitHub Actions run. */
export function readContext(environment: Readonly<Record<string, string | undefined>>): Context {
  const problems: string[] = [];
  const read = (name: string, isValid: (value: string) => boolean = (value) => value !== ''): string => {
    const value = environment[name] ?? '';
    if (!isValid(value))
      problems.push(value === '' ? `${name} is not set` : `${name} is ${JSON.stringify(value)}`);
    return value;
  };
  const slug = read('GITHUB_REPOSITORY', (value) => /^[\w.-]+\/[\w.-]+$/.test(value));
  const sha = read('GITHUB_SHA', (value) => commitSha.parse(value) !== undefined);
  const ref = read('GITHUB_REF', (value) => gitRef.parse(value) !== undefined);
  const runId = read('GITHUB_RUN_ID', (value) => /^\d{1,15}$/.test(value));
  const eventName = read('GITHUB_EVENT_NAME');
  if (problems.length > 0) {
    throw new Failure('This is not a step of a GitHub Actions run that Sluice understands', {
      why: problems.join('; '),
      remedy: 'Actions are started by a workflow; "npm start" rehearses one on this machine',
    });
  }
  const [owner = '', repository = ''] = slug.split('/');
  const serverUrl = environment['GITHUB_SERVER_URL'] ?? 'https://github.com';
  return {
    owner,
    repository,
    sha,
    ref,
    eventName,
    actor: environment['GITHUB_ACTOR'] ?? '',
    runId: Number(runId),
    runAttempt: Number(environment['GITHUB_RUN_ATTEMPT'] ?? '1'),
    job: environment['GITHUB_JOB'] ?? '',
    runUrl: `${serverUrl}/${slug}/actions/runs/${runId}`,
    serverUrl,
    apiUrl: environment['GITHUB_API_URL'] ?? 'https://api.github.com',
    workspace: environment['GITHUB_WORKSPACE'] ?? process.cwd(),
  };
}

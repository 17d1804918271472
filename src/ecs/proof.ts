import type { Aws } from '../aws/index.ts';
import { authorizationOf, type ResolvedEnvironment } from '../config/index.ts';
import { createProgress, type Runner } from '../github/index.ts';
import { prove, type Streak } from '../traffic/index.ts';
import { describeDeployment, describeRevisions, type Revision } from './observe.ts';
import type { Release } from './task-definition/build.ts';

/** One of the things that have to hold for a deployment to be done. */
export interface Check {
  readonly what: string;
  readonly verdict: 'holds' | 'does not hold' | 'does not apply';
  readonly found: string;
}

export interface ProofOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  readonly runner: Runner;
  readonly deployment: string;
  readonly taskDefinition: string;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** ECS's success is not believed: asks what the deployment brought, and the front door who answers. */
export async function proveDeployed(options: ProofOptions): Promise<readonly Check[]> {
  const { environment, release, runner, now } = options;
  const { answers, within } = environment.proof;
  const authorization = authorizationOf(environment);
  const { path, json } = environment.container.version;
  const url = new URL(path, environment.url);
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline: now() + within });
  const [told, { proven, streak }] = await Promise.all([
    whatEcsSays(options),
    prove({
      target: {
        url,
        versionKey: json,
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      },
      expected: release.version,
      answers,
      deadlineMs: within,
      now,
      sleep: options.sleep,
      random: options.random,
      report: (state) => progress.report(state),
      signal: options.signal,
    }),
  ]);
  const checks = judge({
    ...told,
    taskDefinition: options.taskDefinition,
    release,
    url,
    answers,
    proven,
    streak,
  });
  const marks = { holds: '✔', 'does not hold': '✘', 'does not apply': '–' };
  for (const { what, verdict, found } of checks) runner.info(`${marks[verdict]} ${what}: ${found}`);
  return checks;
}

interface Told {
  readonly status: string | undefined;
  readonly revision: Revision | undefined;
}

async function whatEcsSays({ aws, deployment }: ProofOptions): Promise<Told> {
  const detail = await describeDeployment(aws, deployment);
  const target = detail?.targetServiceRevision?.arn;
  const revisions = await describeRevisions(aws, target === undefined ? [] : [target]);
  return { status: detail?.status, revision: revisions.get(target ?? '') };
}

/** The five conditions, and what was found. Pure. */
export function judge(facts: {
  readonly status: string | undefined;
  readonly revision: Revision | undefined;
  readonly taskDefinition: string;
  readonly release: Release;
  readonly url: URL;
  readonly answers: number;
  readonly proven: boolean;
  readonly streak: Streak;
}): readonly Check[] {
  const { status, revision, release, streak } = facts;
  const check = (what: string, holds: boolean, found: string | undefined): Check => ({
    what,
    verdict: holds ? 'holds' : 'does not hold',
    found: found === undefined || found === '' ? 'nothing' : found,
  });
  const seen = Object.entries(streak.seen).map(([version, count]) => `${version} × ${count}`);
  const problem = streak.last?.problem;
  return [
    check('ECS reports the deployment successful', status === 'SUCCESSFUL', status),
    check(
      'Its revision is this release’s task definition',
      revision?.taskDefinition === facts.taskDefinition,
      revision?.taskDefinition?.split('/').at(-1),
    ),
    check(
      'Its tasks run this very digest',
      revision?.digests.includes(release.digest) === true,
      revision?.digests.join(', '),
    ),
    {
      what: 'All traffic goes to its target group',
      verdict: 'does not apply',
      found: 'no load balancer, and so no weights',
    },
    check(
      `${facts.url.href} answers with version ${release.version}, ${facts.answers} times in a row`,
      facts.proven,
      [...seen, ...(problem === undefined ? [] : [`last: ${problem}`])].join('; '),
    ),
  ];
}

import type { Aws } from '../aws/index.ts';
import { authorizationOf, type ResolvedEnvironment } from '../config/index.ts';
import { createProgress, type Runner } from '../github/index.ts';
import { prove, type Streak } from '../traffic/index.ts';
import { blameOfProof } from './blame-of-proof.ts';
import type { Check } from './check.ts';
import type { Blame } from './decision.ts';
import { describeDeployment, describeRevisions, type Revision } from './observe.ts';
import { liveSplit, pairOf, sidesOf } from './observe-shift.ts';
import { formatSplit, type Split } from './shift.ts';
import type { Release } from './task-definition/build.ts';

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

export interface Proof {
  readonly checks: readonly Check[];
  /** Whose fault it is, where one of them does not hold. */
  readonly blame: Blame;
}

/** ECS's success is not believed: asks what the deployment brought, and the front door who answers. */
export async function proveDeployed(options: ProofOptions): Promise<Proof> {
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
  // The front door's is the last one.
  return { checks, blame: blameOfProof(checks.slice(0, -1), release.version, streak) };
}

interface Told {
  readonly status: string | undefined;
  readonly revision: Revision | undefined;
  readonly weights: Weights;
}

/** What the production rule does with the traffic, where there is one that ECS shifts. */
type Weights = { readonly kind: 'none' } | { readonly kind: 'rule'; readonly live: Split | undefined };

async function whatEcsSays({ aws, environment, deployment }: ProofOptions): Promise<Told> {
  const detail = await describeDeployment(aws, deployment);
  const target = detail?.targetServiceRevision?.arn;
  const revisions = await describeRevisions(aws, target === undefined ? [] : [target]);
  const revision = revisions.get(target ?? '');
  if (pairOf(environment) === undefined)
    return { status: detail?.status, revision, weights: { kind: 'none' } };
  const sides = sidesOf(environment, revision);
  const live = sides === undefined ? undefined : await liveSplit(aws, sides);
  return { status: detail?.status, revision, weights: { kind: 'rule', live } };
}

/** The five conditions, and what was found. Pure. */
export function judge(facts: {
  readonly status: string | undefined;
  readonly revision: Revision | undefined;
  readonly weights: Weights;
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
    weightsCheck(facts.weights),
    check(
      `${facts.url.href} answers with version ${release.version}, ${facts.answers} times in a row`,
      facts.proven,
      [...seen, ...(problem === undefined ? [] : [`last: ${problem}`])].join('; '),
    ),
  ];
}

function weightsCheck(weights: Weights): Check {
  const what = 'All traffic goes to its target group';
  switch (weights.kind) {
    case 'none':
      return { what, verdict: 'does not apply', found: 'no traffic is shifted, and so there are no weights' };
    case 'rule': {
      const { live } = weights;
      return {
        what,
        verdict: live?.green === 100 ? 'holds' : 'does not hold',
        found: live === undefined ? 'nothing' : formatSplit(live),
      };
    }
  }
}

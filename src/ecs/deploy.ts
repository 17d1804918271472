import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Aws } from '../aws/index.ts';
import { authorizationOf, type ResolvedEnvironment } from '../config/index.ts';
import { createProgress, errorMessage, Failure, type Runner } from '../github/index.ts';
import { prove, type Streak } from '../traffic/index.ts';
import { rollbackGraceMs, type Outcome } from './decide.ts';
import { collectEvidence, type Evidence } from './forensics.ts';
import { follow } from './follow.ts';
import {
  describeDeployment,
  describeRevisions,
  describeService,
  recentDeployments,
  type ServiceName,
} from './observe.ts';
import { gather, objections, secretArns } from './preflight.ts';
import { createService, register, requestRollback, updateService } from './service.ts';
import {
  buildTaskDefinition,
  isRegisteredFrom,
  logGroupOf,
  type Release,
  type TaskDefinition,
} from './task-definition/build.ts';
import { diffTaskDefinitions, type Difference } from './task-definition/diff.ts';

export interface DeployOptions {
  readonly aws: Aws;
  readonly environment: ResolvedEnvironment;
  readonly release: Release;
  readonly runner: Runner;
  /** Where a user's own task definition is looked for. */
  readonly workspace: string;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  /** Called before the first write. */
  readonly onStart: () => Promise<void>;
  /** Called as soon as it is known which deployment is ours. */
  readonly onDeployment: (arn: string, taskDefinition: string) => void;
}

/** The five things that make a deployment proven. */
export interface Proof {
  readonly checks: readonly { readonly what: string; readonly holds: boolean; readonly found: string }[];
  readonly streak: Streak;
}

export interface DeployResult {
  readonly state: 'deployed' | 'rolled-back' | 'failed' | 'superseded' | 'cancelled' | 'unknown';
  /** Why it is not deployed. */
  readonly why: string | undefined;
  readonly deployment: string;
  readonly taskDefinition: string;
  readonly registered: boolean;
  /** Whether a deployment that was there already was followed. */
  readonly attached: boolean;
  readonly differences: readonly Difference[];
  readonly proof: Proof | undefined;
  readonly evidence: Evidence | undefined;
  /** Milliseconds of each part, in order. */
  readonly timeline: readonly { readonly what: string; readonly ms: number }[];
}

/** More failed tasks in a row than this are a crash loop. ECS's own circuit breaker begins at three as well. */
const failuresAllowed = 3;

/**
 * Deploys a release, and proves it. Nothing is remembered between runs: what there is in ECS decides where to go on,
 * so that a second run after a killed one converges on the same task definition and the same deployment.
 *
 * @throws Failure where the preflight refuses; nothing was touched then
 */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const { aws, environment, release, runner, signal, now } = options;
  const name: ServiceName = environment.aws;
  const startedAt = now();
  const since = new Date();
  const timeline: { what: string; ms: number }[] = [];
  let mark = now();
  const lap = (what: string): void => {
    timeline.push({ what, ms: now() - mark });
    mark = now();
  };

  const gathered = await runner.group('Preflight', async () => {
    const found = await gather(aws, environment, release);
    const against = objections(found, environment, release);
    if (against.length > 0) throw refusal(against, environment);
    runner.info('Nothing speaks against the deployment.');
    return found;
  });
  lap('Preflight');

  const own = await readOwn(options);
  const definition = buildTaskDefinition(environment, release, secretArns(gathered), own);
  const latest = gathered.latest.ok ? gathered.latest.value : undefined;
  const before = gathered.service.ok ? gathered.service.value : undefined;
  const differences = diffTaskDefinitions(latest as TaskDefinition | undefined, definition);
  await waitForOthers(options, name, definition);
  signal.throwIfAborted();
  await options.onStart();

  const reused = latest !== undefined && isRegisteredFrom(latest, definition) && latest.status !== 'INACTIVE';
  const registered = reused ? latest : await register(aws, definition, signal);
  const taskDefinition = registered.taskDefinitionArn ?? '';
  runner.info(reused ? `${taskDefinition} is this very release.` : `Registered ${taskDefinition}.`);
  lap('Task definition');

  const alreadyOn = before?.taskDefinition === taskDefinition;
  if (before === undefined) await createService(aws, environment, taskDefinition);
  else await updateService(aws, environment, taskDefinition);
  const deployment = await ourDeployment(options, name, taskDefinition);
  options.onDeployment(deployment, taskDefinition);
  runner.info(`${alreadyOn ? 'Following' : 'Started'} ${deployment}.`);

  const deadline = startedAt + environment.deploy.timeout;
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline });
  const base = {
    deployment,
    taskDefinition,
    registered: !reused,
    attached: alreadyOn,
    differences,
    timeline,
  };
  const evidence = (): Promise<Evidence> =>
    collectEvidence(
      aws,
      name,
      taskDefinition,
      { group: logGroupOf(environment), prefix: environment.serviceName },
      since,
    );

  let outcome: Outcome;
  try {
    outcome = await runner.group('Following the deployment', () =>
      follow({
        aws,
        name,
        deployment,
        taskDefinition,
        plan: { deadline, circuitBreaker: environment.deploy.circuitBreaker, failuresAllowed },
        progress,
        now,
        sleep: options.sleep,
        random: options.random,
        signal,
      }),
    );
  } catch (error: unknown) {
    if (!signal.aborted) throw error;
    const refused = await requestRollback(aws, deployment);
    return {
      ...base,
      state: 'cancelled',
      why:
        refused === undefined
          ? 'The job was cancelled, and the rollback was asked for'
          : `The job was cancelled, and ECS refused the rollback: ${refused}`,
      proof: undefined,
      evidence: undefined,
    };
  }
  lap('Rollout');

  if (outcome.state !== 'successful') {
    return {
      ...base,
      state: outcome.state,
      why: outcome.state === 'superseded' ? 'A newer deployment took over' : outcome.why,
      proof: undefined,
      evidence: outcome.state === 'superseded' ? undefined : await evidence(),
    };
  }
  const proof = await runner.group('Proof', () =>
    proveDeployed(options, deployment, taskDefinition, deadline),
  );
  lap('Proof');
  const unproven = proof.checks.filter(({ holds }) => !holds);
  return unproven.length === 0
    ? { ...base, state: 'deployed', why: undefined, proof, evidence: undefined }
    : {
        ...base,
        state: 'failed',
        why: `ECS reports success, and it is not proven: ${unproven.map(({ what, found }) => `${what} (${found})`).join('; ')}`,
        proof,
        evidence: await evidence(),
      };
}

function refusal(
  against: readonly { what: string; remedy: string }[],
  environment: ResolvedEnvironment,
): Failure {
  return new Failure(`Not deployed to ${environment.name}; nothing was touched`, {
    why: against.map(({ what }) => what).join('. '),
    remedy: against.map(({ remedy }) => remedy).join('. '),
    evidence: [
      '',
      '| What | Remedy |',
      '| --- | --- |',
      ...against.map(({ what, remedy }) => `| ${cell(what)} | ${cell(remedy)} |`),
      '',
    ].join('\n'),
  });
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

async function readOwn({ environment, workspace }: DeployOptions): Promise<TaskDefinition | undefined> {
  const file = environment.taskDefinition;
  if (file === undefined) return undefined;
  try {
    return JSON.parse(await readFile(path.resolve(workspace, file), 'utf8')) as TaskDefinition;
  } catch (error: unknown) {
    throw new Failure('The task definition cannot be read', {
      where: file,
      why: errorMessage(error),
      remedy: `Mend the file, or environments.${environment.name}.taskDefinition in sluice.yml`,
      cause: error,
    });
  }
}

/**
 * One deployment at a time: one that is in progress and not of this release is waited for. GitHub's concurrency
 * keeps our own apart; what is left is somebody's by hand, or one whose runner died.
 */
async function waitForOthers(
  options: DeployOptions,
  name: ServiceName,
  definition: TaskDefinition,
): Promise<void> {
  const { aws, runner, now, signal, environment } = options;
  const deadline = now() + Math.max(environment.deploy.timeout, rollbackGraceMs);
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline });
  for (;;) {
    const service = await describeService(aws, name);
    const current = service?.currentServiceDeployment;
    if (current === undefined) return;
    const [running] = (await recentDeployments(aws, name)).filter(({ arn }) => arn === current);
    const isOurs =
      running?.taskDefinition !== undefined && (await isOf(aws, running.taskDefinition, definition));
    const rollsBack = running?.status.startsWith('ROLLBACK') === true || running?.status === 'STOP_REQUESTED';
    if (isOurs && !rollsBack) return;
    if (now() > deadline) {
      throw new Failure('Another deployment is in progress, and does not end', {
        where: current,
        remedy: `Stop it: aws ecs stop-service-deployment --region ${aws.region} --service-deployment-arn ${current}`,
      });
    }
    progress.report(
      `Waiting for another deployment to end: ${current} (${running?.status ?? 'in progress'})`,
    );
    await options.sleep(1_000, signal);
  }
}

async function isOf(aws: Aws, arn: string, definition: TaskDefinition): Promise<boolean> {
  const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
  const answer = await (await aws.ecs()).send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
  return answer.taskDefinition !== undefined && isRegisteredFrom(answer.taskDefinition, definition);
}

/** Finds the service deployment that brings our task definition: by its revision, and not by memory. */
async function ourDeployment(
  options: DeployOptions,
  name: ServiceName,
  taskDefinition: string,
): Promise<string> {
  const { aws, now, signal } = options;
  // ECS makes the record a moment after it has answered the update.
  const deadline = now() + 60_000;
  for (;;) {
    const ours = (await recentDeployments(aws, name)).find(
      (deployment) => deployment.taskDefinition === taskDefinition,
    );
    if (ours !== undefined) return ours.arn;
    if (now() > deadline) {
      throw new Failure('ECS shows no deployment of the new task definition', {
        where: `${name.cluster}/${name.service}`,
        why: `none of the last ten is of ${taskDefinition}`,
        remedy: 'Run the job again; it goes on from what is there',
      });
    }
    await options.sleep(500, signal);
  }
}

async function proveDeployed(
  options: DeployOptions,
  deploymentArn: string,
  taskDefinition: string,
  deadline: number,
): Promise<Proof> {
  const { aws, environment, release, runner, now, signal } = options;
  const deployment = await describeDeployment(aws, deploymentArn);
  const target = deployment?.targetServiceRevision?.arn ?? '';
  const revision = (await describeRevisions(aws, [target])).get(target);
  const url = new URL(environment.container.version.path, environment.url);
  const authorization = authorizationOf(environment);
  const progress = createProgress({ print: (line) => runner.info(line), now, deadline });
  const { proven, streak } = await prove({
    target: {
      url,
      versionKey: environment.container.version.json,
      headers: authorization === undefined ? {} : { authorization },
    },
    expected: release.version,
    answers: environment.proof.answers,
    deadlineMs: environment.proof.within,
    now,
    sleep: options.sleep,
    random: options.random,
    report: (state) => progress.report(state),
    signal,
  });
  const seen = Object.entries(streak.seen)
    .map(([version, count]) => `${version.slice(0, 12)} × ${count}`)
    .join(', ');
  const checks = [
    {
      what: 'ECS reports the deployment successful',
      holds: deployment?.status === 'SUCCESSFUL',
      found: deployment?.status ?? 'nothing',
    },
    {
      what: 'Its revision is this release’s task definition',
      holds: revision?.taskDefinition === taskDefinition,
      found: revision?.taskDefinition?.split('/').at(-1) ?? 'nothing',
    },
    {
      what: 'Its tasks run this very digest',
      holds: revision?.digests.includes(release.digest) === true,
      found: revision?.digests.join(', ') ?? 'nothing',
    },
    {
      what: `${url.href} answers with version ${release.version.slice(0, 12)}, ${environment.proof.answers} times in a row`,
      holds: proven,
      found: `${seen === '' ? 'no answer' : seen}${streak.last?.problem === undefined ? '' : `; last: ${streak.last.problem}`}`,
    },
  ];
  for (const { what, holds, found } of checks) runner.info(`${holds ? '✔' : '✘'} ${what}: ${found}`);
  return { checks, streak };
}

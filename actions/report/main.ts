import {
  environmentOf,
  failureLine,
  inputs,
  loadSluiceYml,
  openDeployments,
  optional,
  readContext,
  readEvent,
  readInputs,
  readReviews,
  required,
  runner,
  writeSummary,
  type GitHubConnection,
  type Review,
} from '../../src/github/index.ts';
import {
  outcomesOf,
  readDelivery,
  readJobs,
  readStages,
  stagesOf,
  standingOf,
  summariseRun,
  withApproval,
  writeReleaseNotes,
} from '../../src/pipeline/index.ts';

/** The run's page. What cannot be read is said, and costs nobody a red run. */
export async function run(): Promise<void> {
  try {
    await report();
  } catch (error) {
    runner.warning(`The run's page could not be written: ${failureLine(error)}`);
  }
}

async function report(): Promise<void> {
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    stages: optional(inputs.json),
    'release-notes': optional(inputs.flag, false),
    'github-token': optional(inputs.token, ''),
  });
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  environmentOf(config, input.environment);
  const connection = { ...context, token: input['github-token'] };

  const planned = readStages(input.stages);
  const stages =
    planned === undefined || planned.length === 0 ? stagesOf(config, input.environment) : planned;
  const jobs = await readJobs(connection, context.runId, context.runAttempt).catch((error: unknown) => {
    runner.warning(
      `The jobs of the run could not be read: ${failureLine(error)}. Give the job "permissions: actions: read".`,
    );
    return [];
  });
  const deployments = openDeployments({ ...connection, runner, runUrl: context.runUrl });
  const standings = await Promise.all(
    Object.keys(config.environments).map(async (name) => standingOf(name, await deployments.lastGood(name))),
  );
  const outcomes = withApproval(
    outcomesOf(stages, jobs),
    input.environment,
    stages.some(({ name }) => name === 'Manual Approval') ? await reviewsOf(connection, context.runId) : [],
  );
  for (const { name, conclusion } of outcomes) runner.info(`${name}: ${conclusion}`);
  const delivery = await readDelivery(connection, input.environment, new Date()).catch((error: unknown) => {
    runner.warning(
      `How delivery to ${input.environment} goes could not be read: ${failureLine(error)}. Give the job "permissions: contents: read, deployments: read".`,
    );
    return undefined;
  });
  await writeSummary(runner, summariseRun(input.environment, outcomes, standings, delivery));
  const event = readEvent(context);
  if (input['release-notes'] && event?.kind === 'tag') {
    await writeReleaseNotes(connection, runner, {
      tag: event.tag,
      sha: context.sha,
      environments: Object.keys(config.environments).toReversed(),
    });
  }
}

async function reviewsOf(connection: GitHubConnection, runId: number): Promise<readonly Review[]> {
  try {
    return await readReviews(connection, runId);
  } catch (error) {
    runner.warning(
      `Who approved could not be read: ${failureLine(error)}. Give the job "permissions: actions: read".`,
    );
    return [];
  }
}

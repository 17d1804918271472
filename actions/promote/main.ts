import type { EnvironmentConfig } from '../../src/config/index.ts';
import {
  cancellation,
  environmentOf,
  errorMessage,
  Failure,
  inputs,
  loadSluiceYml,
  openOutputs,
  optional,
  readContext,
  readDeployments,
  readEnvironment,
  readInputs,
  readProtection,
  required,
  runCommand,
  runner,
  writeSummary,
  type Context,
} from '../../src/github/index.ts';
import {
  hashSourceTree,
  isLoopback,
  openImage,
  readLabels,
  type OpenedImage,
} from '../../src/image/index.ts';
import {
  commitThere,
  decidePromotion,
  objectionsToApproval,
  objectionsToImage,
  promotionSummary,
  readVerdictFacts,
  refusal,
  survey,
  type Objection,
  type PromotionFacts,
  type PromotionRequest,
  type ScanPolicy,
} from '../../src/promotion/index.ts';
import { readSettings, statedSettings } from '../../src/scan/index.ts';

/** Commit → the image that served in the environment before, and may be deployed to this one. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { image: '', digest: '', evidence: '{}' });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    version: optional(inputs.version),
    image: optional(inputs.imageByDigest),
    override: optional(inputs.digest),
    approval: optional(inputs.oneOf('environment', 'elsewhere'), 'environment' as const),
    'verify-image': optional(inputs.flag, true),
    'github-token': optional(inputs.token, ''),
  });
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  const { promote, approval } = environmentOf(config, input.environment);
  if (promote === undefined) {
    throw new Failure(`Nothing is promoted to ${input.environment}`, {
      where: `environments.${input.environment}`,
      why: 'it has no key "promote", which says what a release has to have passed',
      remedy: 'Add promote: { from: staging }, or build and deploy there without this action',
    });
  }
  const from = environmentOf(config, promote.from);
  const { on } = from;
  const request: PromotionRequest = {
    version: input.version ?? context.sha,
    commit: context.sha,
    from: promote.from,
    to: input.environment,
    require: promote.require,
    verdicts: {
      branch: 'branch' in on ? on.branch : undefined,
      repository: `${context.owner}/${context.repository}`,
      maxAgeMs: promote.maxAge,
      scan:
        from.checks.scan === undefined ? undefined : scanPolicy(promote.from, from, input.variables, context),
      now: Date.now(),
    },
    expected: input.image,
    override: input.override,
  };

  const connection = { ...context, token: input['github-token'] };
  const records = await readRecords(connection, request);
  const opened =
    input['verify-image'] && records.staged?.image !== undefined
      ? await openImage(records.staged.image, {
          environment: await readEnvironment(config, input.environment, input.variables),
          runner,
          signal: cancellation(),
        })
      : undefined;
  const decided = decidePromotion(request, {
    ...records,
    verdicts: await readVerdicts(connection, request, opened),
  });
  outputs.set('evidence', JSON.stringify(decided.evidence));
  const against: readonly Objection[] = [
    ...(decided.kind === 'refused' ? decided.objections : []),
    ...(input.approval === 'environment' ? await objectionsAtGitHub(connection, request.to, approval) : []),
    ...(opened === undefined ? [] : await objectionsInRegistry(opened, context)),
  ];
  await writeSummary(runner, promotionSummary(request, decided.evidence, input['verify-image'], against));
  if (decided.kind === 'refused' || against.length > 0) {
    throw refusal(
      `${request.version} is not promoted from ${request.from} to ${request.to}`,
      `commit ${context.sha.slice(0, 12)}`,
      against,
    );
  }
  outputs.set('image', decided.image);
  outputs.set('digest', decided.digest);
  runner.info(
    `${request.version} is ${decided.digest}, which was deployed to ${request.from}: it may go to ${request.to}.`,
  );
  if (decided.evidence.overriddenQuarantine !== null) {
    runner.warning(
      `${decided.digest} failed in ${request.to} before, and was let in by name: ${decided.evidence.overriddenQuarantine}`,
      { title: 'Quarantine overridden' },
    );
  }
}

/**
 * What the scan has to have been. A variable of GitHub may choose other scanners than `sluice.yml` names only where
 * that GitHub is on this machine, where nothing is promoted to anybody: there the real ones may not be had.
 */
function scanPolicy(
  name: string,
  environment: EnvironmentConfig,
  variables: Readonly<Record<string, string>>,
  { serverUrl }: Context,
): ScanPolicy {
  const isOnThisMachine = isLoopback(URL.parse(serverUrl)?.host ?? '');
  const settings = (isOnThisMachine ? readSettings : statedSettings)(name, environment, variables);
  return {
    tools: settings.scanners,
    failOn: settings.failOn,
    databaseAgeMs: settings.databaseAgeMs,
  };
}

type Connection = Context & { readonly token: string };

async function readRecords(
  connection: Connection,
  { from, to, commit, version }: PromotionRequest,
): Promise<Omit<PromotionFacts, 'verdicts'>> {
  const history = readDeployments(connection);
  try {
    const { last, deployedAt } = await commitThere(history, from, commit);
    return {
      staged: last,
      deployedAt,
      survey: await survey(history, { environment: to, version, digest: last?.digest }),
    };
  } catch (error) {
    throw new Failure('It could not be read what was deployed', {
      where: `${connection.owner}/${connection.repository}`,
      why: errorMessage(error),
      remedy: 'See that the job has "permissions: deployments: read", and run it again',
      cause: error,
    });
  }
}

async function readVerdicts(
  connection: Connection,
  { require, from, commit, verdicts: { repository } }: PromotionRequest,
  opened: OpenedImage | undefined,
): Promise<PromotionFacts['verdicts']> {
  try {
    return await readVerdictFacts(
      { connection, image: opened },
      { kinds: require, from, commit, repository },
    );
  } catch (error) {
    throw new Failure(`It could not be read which verdicts ${from} has recorded`, {
      where: `${connection.owner}/${connection.repository}, commit ${commit.slice(0, 12)}`,
      why: errorMessage(error),
      remedy: `See that the job has "permissions: statuses: read" and "actions: read"${
        opened === undefined ? '' : ', and that its role may pull from the repository of the image'
      }, and run it again`,
      cause: error,
    });
  }
}

/** What sluice.yml says of approvals has to be what GitHub does. Where GitHub does not say, that is said. */
async function objectionsAtGitHub(
  connection: Connection,
  environment: string,
  approval: EnvironmentConfig['approval'],
): Promise<readonly Objection[]> {
  if (approval === 'none') return [];
  try {
    return objectionsToApproval(environment, approval, await readProtection(connection, environment));
  } catch (error) {
    throw new Failure(`It could not be seen who has to approve a release to ${environment}`, {
      where: `${connection.owner}/${connection.repository}`,
      why: errorMessage(error),
      remedy: 'See that the job has "permissions: actions: read", and run it again',
      cause: error,
    });
  }
}

/** Looks at the image itself: there, and of this commit's source. */
async function objectionsInRegistry(
  { image, digest, registry, environment }: OpenedImage,
  { workspace, sha }: Context,
): Promise<readonly Objection[]> {
  const { hash } = await hashSourceTree(workspace, environment.image.context, runCommand);
  try {
    const found = await readLabels(registry, digest);
    return objectionsToImage({ image, found, commit: sha, tree: hash });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('The image could not be looked at', {
      where: image,
      why: errorMessage(error),
      remedy: `Allow the role of ${environment.name} to pull from this repository (docs/production.md, "Which registry")`,
      cause: error,
    });
  }
}

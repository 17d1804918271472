import type { EnvironmentConfig } from '../../src/config/index.ts';
import {
  foreignVerdicts,
  parseVerdict,
  recordVerdicts,
  verdictKinds,
  type Issue,
  type RecordedVerdict,
  type Verdict,
  type VerdictKind,
} from '../../src/evidence/index.ts';
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
  readEnvironment,
  readInputs,
  required,
  runner,
  writeSummary,
  type Context,
} from '../../src/github/index.ts';
import { openImage, parseByDigest } from '../../src/image/index.ts';
import { recordedSummary } from './summary.ts';

/** Verdicts of checks → statements at the image's digest, each anchored as a commit status. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { recorded: '[]' });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    image: optional(inputs.imageByDigest),
    version: optional(inputs.version),
    scan: optional(inputs.text, ''),
    uat: optional(inputs.text, ''),
    performance: optional(inputs.text, ''),
    'github-token': required(inputs.token),
  });
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  const { checks } = environmentOf(config, input.environment);

  const verdicts = readVerdicts(input, checks);
  if (verdicts.length === 0) {
    runner.notice('No check gave a verdict: nothing is recorded, and nothing can be promoted on it.');
    return;
  }
  const digest = input.image === undefined ? undefined : parseByDigest(input.image)?.digest;
  if (input.image === undefined || digest === undefined) {
    throw new Failure('It is not known which image the verdicts are about', {
      where: 'input "image"',
      why: 'it is empty',
      remedy: 'Hand over the output "image" of build-image',
    });
  }
  refuseForeign(verdicts, digest);

  const environment = await readEnvironment(config, input.environment, input.variables);
  const { repository, registry } = await openImage(input.image, {
    environment,
    runner,
    signal: cancellation(),
  });
  const recorded = await record(
    {
      verdicts,
      image: digest,
      repository: `${repository.registry}/${repository.name}`,
      registry,
      connection: { ...context, token: input['github-token'] },
    },
    issueOf(context, input.environment, input.version ?? context.sha),
  );
  outputs.set(
    'recorded',
    JSON.stringify(
      recorded.map(({ verdict: { kind, outcome, digest }, statement }) => ({
        kind,
        outcome,
        digest,
        statement,
      })),
    ),
  );
  for (const { verdict, statement, isNew } of recorded) {
    runner.info(
      `${verdict.kind}: ${verdict.outcome}, ${isNew ? 'recorded' : 'was recorded before'} as ${statement}.`,
    );
  }
  await writeSummary(runner, recordedSummary(recorded, input.environment, digest));
}

/**
 * Reads every verdict before anything is written. What a check of the environment did not give is said: it may have been
 * skipped, or have been killed, and without it nothing is promoted that requires it.
 *
 * @throws Failure where one is no verdict, or of another check than the input says
 */
function readVerdicts(
  given: Readonly<Record<VerdictKind, string>>,
  checks: EnvironmentConfig['checks'],
): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  for (const kind of verdictKinds) {
    const text = given[kind];
    if (text === '') {
      if (checks[kind] !== undefined) {
        runner.notice(`"${kind}" gave no verdict: none is recorded of it.`, { title: 'No verdict' });
      }
      continue;
    }
    const verdict = parse(kind, text);
    if (verdict.kind !== kind) {
      throw new Failure(`The input "${kind}" holds the verdict of another check`, {
        where: `input "${kind}"`,
        why: `it says that it is of "${verdict.kind}"`,
        remedy: `Hand over the output "verdict" of the job that ran "${kind}"`,
      });
    }
    verdicts.push(verdict);
  }
  return verdicts;
}

function parse(kind: VerdictKind, text: string): Verdict {
  try {
    return parseVerdict(text);
  } catch (error) {
    throw new Failure(`What "${kind}" gave is no verdict`, {
      where: `input "${kind}"`,
      why: errorMessage(error),
      remedy: 'Hand over the output "verdict" of the check as it is, by needs.JOB.outputs.verdict',
      cause: error,
    });
  }
}

/** @throws Failure where a check looked at another image: then nothing is recorded at all */
function refuseForeign(verdicts: readonly Verdict[], digest: string): void {
  const foreign = foreignVerdicts(verdicts, digest);
  if (foreign.length === 0) return;
  throw new Failure('Verdicts about another image are not recorded; nothing was', {
    where: digest,
    why: foreign.map((verdict) => `"${verdict.kind}" looked at ${verdict.digest}`).join('; '),
    remedy: 'Give every stage the same image, the output "image" of build-image, and run the pipeline again',
  });
}

/** The run that vouches: as the runner tells it, and as GitHub will be asked. */
function issueOf(context: Context, environment: string, version: string): Issue {
  return {
    environment,
    commit: context.sha,
    repository: `${context.owner}/${context.repository}`,
    version,
    workflow: runner.environment['GITHUB_WORKFLOW_REF'] ?? '',
    run: { id: context.runId, attempt: context.runAttempt, url: context.runUrl },
    actor: context.actor,
    issuedAt: new Date().toISOString(),
  };
}

async function record(
  {
    image,
    ...options
  }: Omit<Parameters<typeof recordVerdicts>[0], 'subject' | 'issue'> & { readonly image: string },
  issue: Issue,
): Promise<readonly RecordedVerdict[]> {
  const where = `${options.repository}@${image}`;
  try {
    const subject = await options.registry.resolve(image);
    if (subject === undefined) {
      throw new Failure('The registry does not have the image', {
        where,
        remedy: 'Run the pipeline again: it builds and pushes the image anew',
      });
    }
    return await recordVerdicts({ ...options, subject, issue });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('The verdicts could not be recorded', {
      where,
      why: errorMessage(error),
      remedy:
        'See that the job has "permissions: statuses: write", and that its role may push to this repository; then run it again: what was recorded already is kept',
      cause: error,
    });
  }
}

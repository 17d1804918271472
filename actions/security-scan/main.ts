import path from 'node:path';
import { formatProblem } from '../../src/config/index.ts';
import { formatVerdict } from '../../src/evidence/index.ts';
import {
  buildEnvironment,
  cancellation,
  environmentOf,
  Failure,
  inputs,
  loadSluiceYml,
  openOutputs,
  optional,
  readContext,
  readInputs,
  required,
  runCommand,
  runner,
  sleep,
  writeSummary,
  type Context,
} from '../../src/github/index.ts';
import {
  awaitProcessing,
  categories,
  describeRun,
  factsOf,
  ofCategory,
  readSettings,
  scan,
  scanSummary,
  summaryLine,
  uploadSarif,
  verifyImage,
  writeFindings,
  writeSbom,
  type Category,
  type Judgement,
  type Sarif,
  type ScanSettings,
  type VerifiedImage,
} from '../../src/scan/index.ts';

/** The longest that one scanner may take; its database may have to be fetched first. */
const scannerLimitMs = 600_000;
/** The longest that code scanning is waited for, with all files. */
const processingLimitMs = 120_000;
/** GitHub shows ten annotations of a step. */
const annotationLimit = 10;

/** Image and source → what is wrong with them, and the verdict about the digest. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { clean: 'false', findings: '0', sarif: '', sbom: '', verdict: '' });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    image: optional(inputs.imageByDigest),
    layout: optional(inputs.text),
    results: optional(inputs.workspacePath, 'security-scan'),
    category: optional(inputs.oneOf(...categories)),
    upload: optional(inputs.flag, true),
    'github-token': optional(inputs.token, ''),
  });
  const context = readContext(runner.environment);
  const { workspace } = context;
  const config = await loadSluiceYml(runner, workspace, input.config);
  const settings = ofCategory(
    readSettings(input.environment, environmentOf(config, input.environment), input.variables),
    input.category,
  );
  if (input.category !== undefined && settings.scanners.length === 0) {
    outputs.set('clean', 'true');
    runner.notice(`sluice.yml asks for no scanner of the category ${input.category}.`, { title: 'Scan' });
    return;
  }
  // Of a look at one category, the whole scan tells it.
  if (input.category === undefined) sayWhoChose(settings);

  const startedAt = new Date();
  const layout = input.layout === undefined ? undefined : path.resolve(workspace, input.layout);
  const verified = await openImage(input.image, layout, workspace, config.image.context);
  const environment = buildEnvironment(runner.environment);
  const scanned = await runner.group('Scanners', () =>
    scan({
      workspace,
      context: config.image.context,
      layout: verified === undefined ? undefined : layout,
      foreign: [input.results, ...foreignFolder(workspace, layout)],
      settings,
      salt: `${context.owner}/${context.repository}`,
      now: () => new Date(),
      limitMs: scannerLimitMs,
      run: runCommand,
      fetch,
      platform: `${process.platform}-${process.arch}`,
      environment,
      signal: cancellation(),
      mask: (secret) => runner.mask(secret),
      report: (each) => runner.info(describeRun(each)),
    }),
  );
  const { judgement } = scanned;

  const folder = path.join(workspace, input.results);
  const sarifs = await writeFindings(scanned, folder);
  outputs.set('clean', String(judgement.outcome === 'passed'));
  outputs.set('findings', String(judgement.blocking.length));
  outputs.set('sarif', input.results);
  const sbom = await writeSbom(path.join(workspace, config.image.context), folder, runCommand, environment);
  if ('file' in sbom) outputs.set('sbom', path.posix.join(input.results, sbom.file));
  else runner.info(`No SBOM: ${sbom.missing}`);
  if (verified !== undefined) {
    const verdict = {
      kind: 'scan' as const,
      outcome: judgement.outcome,
      digest: verified.digest,
      summary: summaryLine(judgement),
      facts: factsOf(scanned, settings, verified.source ?? 'not told by the image'),
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
    };
    outputs.set('verdict', formatVerdict(verdict));
  }
  await writeSummary(
    runner,
    scanSummary(scanned, settings, verified === undefined ? undefined : input.image, sarifs),
  );
  annotate(judgement);
  if (input.upload) await upload(sarifs, context, input['github-token']);
  if (judgement.outcome !== 'passed') throw refusal(judgement);
}

/** The layout is no file of the repository, where it is in its folder at all. */
function foreignFolder(workspace: string, layout: string | undefined): readonly string[] {
  const relative = layout === undefined ? '' : path.relative(workspace, layout);
  return relative === '' || relative.startsWith('..') ? [] : [relative.split(path.sep).join('/')];
}

/** @returns `undefined` where no image was handed over */
async function openImage(
  image: string | undefined,
  layout: string | undefined,
  workspace: string,
  buildContext: string,
): Promise<VerifiedImage | undefined> {
  if (layout !== undefined && image === undefined) {
    throw new Failure('It is not said which image the layout holds', {
      where: 'input "image"',
      why: 'a layout is given, and no image',
      remedy: 'Give the image that build-image put out',
    });
  }
  if (layout === undefined || image === undefined) {
    runner.notice(
      'No image was handed over: only the source is scanned, and there is no verdict about a digest.',
      { title: 'Security scan' },
    );
    return undefined;
  }
  const verified = await verifyImage({ image, layout, workspace, context: buildContext, run: runCommand });
  runner.info(
    `The layout holds ${verified.digest}, made of ${verified.source === undefined ? 'source that it does not name' : `the source tree ${verified.source}`}`,
  );
  return verified;
}

function sayWhoChose({ chosenBy, databaseAgeMs, scanners }: ScanSettings): void {
  if (chosenBy !== undefined) {
    const instead = chosenBy.instead.length === 0 ? '' : ` Not run: ${chosenBy.instead.join(', ')}.`;
    runner.notice(`${chosenBy.variable} chose the scanners: ${scanners.join(', ')}.${instead}`, {
      title: 'Security scan',
    });
  }
  if (databaseAgeMs > 48 * 3_600_000) {
    runner.notice(
      `A scanner's database may be ${Math.round(databaseAgeMs / 3_600_000)} h old; 48 h is usual.`,
      {
        title: 'Security scan',
      },
    );
  }
}

function annotate({ blocking, problems }: Judgement): void {
  const secrets = blocking.filter((finding) => finding.kind === 'secret');
  const places = [
    ...problems.map((each) => ({ ...each, title: 'Waivers', text: formatProblem(each) })),
    ...secrets.map((each) => ({ ...each, title: 'Secret', text: `A secret (${each.rule}), ${each.id}` })),
  ];
  for (const { file, line, title, text } of places.slice(0, annotationLimit)) {
    runner.error(text, { title, file, ...(line > 0 ? { line } : {}) });
  }
}

/** Hands the findings to code scanning, and sees them through. How that goes decides nothing: the verdict is ours. */
async function upload(sarifs: readonly Sarif[], context: Context, token: string): Promise<void> {
  const connection = { ...context, token };
  const taken: { readonly category: Category; readonly id: string }[] = [];
  for (const sarif of sarifs) {
    const uploaded = await uploadSarif(connection, context, sarif);
    switch (uploaded.kind) {
      case 'uploaded':
        taken.push({ category: sarif.category, id: uploaded.id });
        break;
      case 'unavailable':
        runner.notice(
          `Code scanning is not available here: ${uploaded.why}. It needs to be enabled for the repository, and the job needs security-events: write.`,
          { title: 'Security scan' },
        );
        return;
      case 'refused':
        runner.warning(`Code scanning did not take the findings of ${sarif.category}: ${uploaded.why}`);
        break;
    }
  }
  const until = performance.now() + processingLimitMs;
  for (const { category, id } of taken) {
    const processed = await awaitProcessing(connection, id, {
      limitMs: Math.max(0, until - performance.now()),
      now: () => performance.now(),
      sleep,
      signal: cancellation(),
    });
    switch (processed.kind) {
      case 'processed':
        runner.info(`Code scanning has the findings of ${category}`);
        break;
      case 'failed':
        runner.warning(
          `Code scanning could not process the findings of ${category}: ${processed.errors.join('; ') || 'it does not say why'}. They are in ${category}.sarif.`,
          { title: 'Security scan' },
        );
        break;
      case 'unknown':
        runner.info(
          `Code scanning took the findings of ${category}, and has not said what became of them: ${processed.why}`,
        );
        break;
    }
  }
}

function refusal(judgement: Judgement): Failure {
  const { blocking, gaps, problems } = judgement;
  const remedies = [
    ...(blocking.length > 0
      ? ['Fix what was found, or accept it in the waivers with a reason and a day']
      : []),
    ...(problems.length > 0 ? ['Correct the waivers'] : []),
    ...(gaps.length > 0 ? ['See why the scanners named here told nothing, and run the job again'] : []),
  ];
  return new Failure('The security scan is not clean', {
    why: summaryLine(judgement),
    remedy: `${remedies.join('; ')}; docs/security-scan.md says how`,
    evidence: gaps.map(({ scanner, what, why }) => `- ${scanner} ${what}: ${why}`).join('\n'),
  });
}

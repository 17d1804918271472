import { formatProblem, parseConfig, type Config } from '../../src/config/index.ts';
import {
  acceptSluiceYml,
  Failure,
  inputs,
  openOutputs,
  optional,
  readContext,
  readInputs,
  runCommand,
  runner,
  writeSummary,
  type Context,
} from '../../src/github/index.ts';
import {
  compare,
  mistakesMarkdown,
  previewMarkdown,
  previewSummary,
  readPullRequest,
  versionsOf,
  writeStandingComment,
  type Around,
  type PullRequest,
  type Version,
} from '../../src/preview/index.ts';

/** A pull request → what merging it changes and deploys, as one comment and in the summary. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { comment: '', changed: '[]', deploys: '' });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    variables: optional(inputs.variables, {}),
    'github-token': optional(inputs.token),
  });
  const context = readContext(runner.environment);
  const pull = await readPullRequest(context, runner.environment['GITHUB_EVENT_PATH']);
  const { before, after, base } = await versionsOf(context.sha, context.workspace, runCommand);
  const file = input.config;
  const text = await after.read(file);
  if (text === undefined) {
    throw new Failure(`There is no ${file} in this pull request`, {
      where: 'input "config"',
      why: 'neither the base branch nor the change has it, or the change takes it away',
      remedy: '"npx github:sluice-pack/sluice#cli-v1 init" writes one',
    });
  }
  const earlier = await readBefore(before, file, pull.base);
  const around: Around = {
    base: pull.base,
    baseCommit: base,
    head: pull.head,
    runUrl: context.runUrl,
    baseProblem: earlier.problem,
  };
  const say = async (body: string): Promise<void> => {
    const url = await comment(context, pull, { token: input['github-token'], key: file, body });
    outputs.set('comment', url ?? '');
  };

  const loaded = parseConfig(text, file);
  if (!loaded.ok) {
    await say(mistakesMarkdown(loaded.problems.map(formatProblem), around));
  }
  const config = await acceptSluiceYml(runner, file, loaded);
  const preview = await compare({
    before: earlier.config === undefined ? undefined : { config: earlier.config, version: before },
    after: { config, version: after },
    base: pull.base,
    variables: input.variables,
  });
  const changed = preview.environments.filter(({ kind }) => kind !== 'same').map(({ name }) => name);
  outputs.set('changed', JSON.stringify(changed));
  outputs.set('deploys', preview.deploys?.environment ?? '');
  runner.info(
    changed.length === 0 ? 'sluice.yml deploys as before.' : `sluice.yml changes for ${changed.join(', ')}.`,
  );
  await writeSummary(runner, previewSummary(preview, around));
  await say(previewMarkdown(preview, around));
}

/** What the base branch has. Its mistakes are not this change's. */
async function readBefore(
  version: Version,
  file: string,
  base: string,
): Promise<{ readonly config: Config | undefined; readonly problem: string | undefined }> {
  const text = await version.read(file);
  if (text === undefined) return { config: undefined, problem: `${base} has no ${file}` };
  const loaded = parseConfig(text, file);
  if (loaded.ok) return { config: loaded.config, problem: undefined };
  return { config: undefined, problem: `${file} of ${base} has mistakes of its own` };
}

async function comment(
  { owner, repository, apiUrl }: Context,
  { number, isFromFork }: PullRequest,
  { token, key, body }: { readonly token: string | undefined; readonly key: string; readonly body: string },
): Promise<string | undefined> {
  if (isFromFork) {
    runner.notice('A pull request from a fork may not write here: the preview is in the summary alone.');
    return undefined;
  }
  if (token === undefined) {
    runner.notice('There is no token to write a comment with: the preview is in the summary alone.');
    return undefined;
  }
  return writeStandingComment(
    { owner, repository, apiUrl, token, runner },
    { pullRequest: number, key, body },
  );
}

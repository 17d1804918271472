import { accountId, actionsBot } from '../accounts.ts';
import { changesSince } from '../git/changes.ts';
import type { GitRepository } from '../git/repository.ts';
import { noCommit } from '../git/repository.ts';
import type { Hub } from '../hub.ts';
import type { Run } from '../model.ts';
import { toText } from './expressions/evaluate.ts';
import { evaluateString } from './expressions/template.ts';
import { githubContext } from './github-context.ts';
import type { PullRequestEvent } from '../pull-requests.ts';
import { pullRequestPayload, pushPayload, repositoryPayload } from './triggers/payload.ts';
import type { PushedRef } from './triggers/push.ts';
import { pullRequestStarts, pushStarts, skipMark } from './triggers/push.ts';
import { dispatchProblem, resolveInputs } from './workflow/inputs.ts';
import type { Inputs, Workflow } from './workflow/model.ts';
import { readWorkflow } from './workflow/read.ts';

/** A run that an event asks for. */
export interface RunRequest {
  readonly workflow: { readonly path: string; readonly name: string; readonly runName: Workflow['runName'] };
  readonly event: Pick<
    Run,
    'event' | 'ref' | 'sha' | 'actor' | 'inputs' | 'payload' | 'displayTitle' | 'pullRequest'
  >;
  /** Typed. */
  readonly inputs: Inputs;
  /** Why it cannot start; it is shown as a failed run. */
  readonly problem?: string;
}

export interface Requests {
  readonly requests: readonly RunRequest[];
  /** Why nothing starts. */
  readonly none?: string;
  /** What of the workflows can never start here. */
  readonly never?: readonly string[];
}

export interface RequestSurroundings {
  readonly hub: Hub;
  readonly git: GitRepository;
  readonly serverUrl: string;
}

export interface DispatchRequest {
  /** Its file: `rollback.yml` or `.github/workflows/rollback.yml`. */
  readonly workflow: string;
  /** A branch or tag, short or in full. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly actor: string;
}

/**
 * What a push starts, in the order of the workflow files. `none` says why it starts nothing. A workflow file that
 * does not parse is a failed run of every push, as on GitHub.
 */
export async function pushRequests(
  { hub, git, serverUrl }: RequestSurroundings,
  pushed: PushedRef & { readonly actor: string },
): Promise<Requests> {
  const sha = pushed.after === noCommit ? undefined : await git.commit(pushed.after);
  if (sha === undefined) return { requests: [] };
  const place = `${pushed.ref} at ${sha.slice(0, 7)}`;
  const [head] = await git.commits(noCommit, sha, 1);
  const mark = skipMark(head?.message ?? '');
  if (mark !== undefined) {
    return { requests: [], none: `${place} starts no workflow: its commit message says ${mark}.` };
  }
  const changedFiles = await git.changedFiles(pushed.before, sha, hub.repository.defaultBranch);
  const event: RunRequest['event'] = {
    event: 'push',
    ref: pushed.ref,
    sha,
    actor: pushed.actor,
    inputs: {},
    payload: await pushPayload(git, hub.repository, pushed, { actor: pushed.actor, serverUrl }),
    displayTitle: (head?.message ?? sha).split('\n', 1)[0] ?? sha,
  };
  const requests: RunRequest[] = [];
  const never: string[] = [];
  for (const file of await workflowFiles(git, sha)) {
    const read = await readWorkflow({ name: file, content: (await git.readFile(sha, file)) ?? '' });
    if (!read.ok) {
      const workflow = { path: file, name: file, runName: undefined };
      requests.push({ workflow, event, inputs: {}, problem: read.problems.join('\n') });
      continue;
    }
    const { push: filter, elsewhere = [] } = read.value.triggers;
    never.push(...elsewhere.map((event) => `${file}: \`on: ${event}\` never happens in a rehearsal.`));
    if (filter === undefined) continue;
    const starts = decide(`${file}: a filter of \`on: push\``, () =>
      pushStarts(filter, { ref: pushed.ref, changedFiles }),
    );
    if (starts !== false) {
      requests.push({ workflow: read.value, event, inputs: {}, ...(starts === true ? {} : starts) });
    }
  }
  return { requests, never, ...(requests.length > 0 ? {} : { none: `${place} starts no workflow.` }) };
}

/**
 * What an event of a pull request starts: the workflows of its merge, which is what they run on. One that conflicts
 * starts none, and neither does what a job did, as on GitHub.
 */
export async function pullRequestRequests(
  { hub, git, serverUrl }: RequestSurroundings,
  event: PullRequestEvent,
): Promise<{ readonly requests: readonly RunRequest[]; readonly none?: string }> {
  const { action, pull, actor } = event;
  const place = `Pull request #${pull.number}, ${action},`;
  const nothing = (why: string) => ({ requests: [], none: `${place} starts no workflow: ${why}.` });
  if (actor === actionsBot) return nothing("what a job's own token does starts none");
  if (pull.merge.kind === 'conflict') {
    return nothing(`it conflicts with ${pull.baseRef} in ${pull.merge.files.join(', ')}`);
  }
  const [head] = await git.commits(noCommit, pull.headSha, 1);
  const mark = skipMark(head?.message ?? '');
  if (mark !== undefined) return nothing(`the message of its newest commit says ${mark}`);
  const { commit: sha } = pull.merge;
  const changes = await changesSince(git, pull.baseSha, pull.headSha);
  const about: RunRequest['event'] = {
    event: 'pull_request',
    ref: `refs/pull/${pull.number}/merge`,
    sha,
    pullRequest: {
      number: pull.number,
      headRef: pull.headRef,
      headSha: pull.headSha,
      baseRef: pull.baseRef,
    },
    actor,
    inputs: {},
    payload: pullRequestPayload(hub.repository, event, serverUrl),
    displayTitle: pull.title,
  };
  const requests: RunRequest[] = [];
  for (const file of await workflowFiles(git, sha)) {
    const read = await readWorkflow({ name: file, content: (await git.readFile(sha, file)) ?? '' });
    // The push has shown what does not parse.
    if (!read.ok) continue;
    const { pullRequest: filter } = read.value.triggers;
    if (filter === undefined) continue;
    const changedFiles = changes.map((change) => change.file);
    const starts = decide(`${file}: a filter of \`on: pull_request\``, () =>
      pullRequestStarts(filter, { action, base: pull.baseRef, changedFiles }),
    );
    if (starts === false) continue;
    requests.push({
      workflow: read.value,
      event: about,
      inputs: {},
      ...(starts === true ? {} : starts),
    });
  }
  return requests.length > 0 ? { requests } : { requests, none: `${place} starts no workflow.` };
}

function decide(filter: string, starts: () => boolean): boolean | { readonly problem: string } {
  try {
    return starts();
  } catch (error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `${filter} is not a pattern: ${reason}` };
  }
}

/**
 * What starting a workflow by hand starts; one with a schedule alone runs as if its time had come.
 * @throws Error where it is not there, cannot be started so, or does not take these inputs
 */
export async function dispatchRequest(
  { hub, git, serverUrl }: RequestSurroundings,
  request: DispatchRequest,
): Promise<RunRequest> {
  const ref = await fullRef(git, request.ref);
  const sha = ref === undefined ? undefined : await git.commit(ref);
  if (ref === undefined || sha === undefined) throw new Error(`No ref found for: ${request.ref}`);
  const file = request.workflow.includes('/') ? request.workflow : `.github/workflows/${request.workflow}`;
  const content = await git.readFile(sha, file);
  if (content === undefined) throw new Error(`${file} is not in the repository at ${request.ref}.`);
  const read = await readWorkflow({ name: file, content });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const { dispatch, schedule } = read.value.triggers;
  if (dispatch === undefined && schedule === undefined) {
    throw new Error("Workflow does not have 'workflow_dispatch' trigger");
  }
  const problem = dispatchProblem(dispatch?.inputs ?? [], request.inputs);
  if (problem !== undefined) throw new Error(problem);
  const inputs = resolveInputs(dispatch?.inputs ?? [], request.inputs, { contexts: {} });
  const texts = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toText(value)]));
  return {
    workflow: read.value,
    inputs,
    event: {
      event: dispatch === undefined ? 'schedule' : 'workflow_dispatch',
      ref,
      sha,
      actor: request.actor,
      inputs: texts,
      displayTitle: read.value.name,
      payload: {
        ...(dispatch === undefined ? { schedule: schedule?.[0] ?? '' } : { inputs: texts }),
        ref,
        workflow: file,
        repository: repositoryPayload(hub.repository, serverUrl),
        sender: { login: request.actor, id: accountId(request.actor, hub.repository), type: 'User' },
      },
    },
  };
}

/** The record of a requested run: the next number of its workflow, and its title. */
export function createRun({ hub, serverUrl }: RequestSurroundings, request: RunRequest, now: Date): Run {
  const { workflow, event, inputs } = request;
  hub.meet(event.actor);
  const earlier = [...hub.runs.values()].filter((run) => run.workflowPath === workflow.path);
  const run: Run = {
    id: hub.nextId(),
    number: Math.max(0, ...earlier.map(({ number }) => number)) + 1,
    attempt: 1,
    workflowPath: workflow.path,
    workflowName: workflow.name,
    ...event,
    status: 'queued',
    createdAt: now.toISOString(),
    jobs: [],
    artifacts: [],
  };
  if (workflow.runName === undefined) return run;
  try {
    const github = githubContext(run, hub.repository, { serverUrl });
    const title = evaluateString(workflow.runName, {
      contexts: { github, inputs, vars: hub.variables },
    }).trim();
    return title === '' ? run : { ...run, displayTitle: title };
  } catch {
    // GitHub falls back to the event's own title as well.
    return run;
  }
}

export async function workflowFiles(git: GitRepository, sha: string): Promise<string[]> {
  const files = await git.listFiles(sha, '.github/workflows');
  return files.filter((file) => /\.ya?ml$/.test(file)).sort();
}

export async function fullRef(git: GitRepository, ref: string): Promise<string | undefined> {
  const refs = await git.refs();
  return [ref, `refs/heads/${ref}`, `refs/tags/${ref}`].find((candidate) => refs.has(candidate));
}

import type { PullRequest } from '../model.ts';
import { PullRequestRefused } from '../pull-requests.ts';
import type { RestContext } from './context.ts';
import { created, endpoint, ok, type Endpoint } from './endpoint.ts';
import { invalid, notFound, RestError } from './errors.ts';
import { page } from './pagination.ts';
import { diffEntry, pullRequest, simplePullRequest } from './shapes/pull.ts';

/** Pull requests: opened by people and jobs, read by pipelines, merged by people. */
export function pullEndpoints({ hub, at, commits, control }: RestContext): readonly Endpoint[] {
  const find = (number = ''): PullRequest => {
    const found = hub.pullRequests.get(Number(number));
    if (found === undefined) throw notFound();
    return found;
  };
  const whole = async (pull: PullRequest) => {
    const { ahead } = await commits.compare(pull.baseSha, pull.headSha);
    return pullRequest(at, pull, {
      commits: ahead,
      changes: await commits.changes(pull.baseSha, pull.headSha),
    });
  };

  return [
    endpoint('pulls/list', 'pull-requests=read', (request) => {
      const query = request.url.searchParams;
      const state = query.get('state') ?? 'open';
      const label = (pull: PullRequest): string => `${hub.repository.owner}:${pull.headRef}`;
      const wanted = [...hub.pullRequests.values()]
        .filter(
          (pull) =>
            (state === 'all' || pull.state === state) &&
            (query.get('base') ?? pull.baseRef) === pull.baseRef &&
            (query.get('head') ?? label(pull)) === label(pull),
        )
        .sort((a, b) => b.number - a.number);
      return page(request, wanted, (pull) => simplePullRequest(at, pull));
    }),

    endpoint('pulls/create', 'pull-requests=write', async ({ body, caller }) => {
      if (body.title === undefined || body.title.trim() === '') {
        throw invalid('PullRequest', 'title', undefined, 'missing_field');
      }
      const { title, head, base } = body;
      const pull = await refusable(() =>
        control.openPullRequest({
          title,
          head,
          base,
          body: body.body ?? '',
          draft: body.draft ?? false,
          actor: caller.login,
        }),
      );
      return created(await whole(pull));
    }),

    endpoint('pulls/get', 'pull-requests=read', async ({ params }) =>
      ok(await whole(find(params.pull_number))),
    ),

    endpoint('pulls/update', 'pull-requests=write', async ({ params, body, caller }) => {
      const { title, body: text, state, base } = body;
      const change = {
        ...(title === undefined ? {} : { title }),
        ...(text === undefined ? {} : { body: text }),
        ...(state === undefined ? {} : { state }),
        ...(base === undefined ? {} : { base }),
        actor: caller.login,
      };
      const pull = await refusable(() => control.changePullRequest(find(params.pull_number), change));
      return ok(await whole(pull));
    }),

    endpoint('pulls/list-files', 'pull-requests=read', async (request) => {
      const { baseSha, headSha } = find(request.params.pull_number);
      return page(request, await commits.changes(baseSha, headSha), (change) =>
        diffEntry(at, headSha, change),
      );
    }),

    endpoint('pulls/merge', 'contents=write', async ({ params, body, caller }) => {
      const pull = find(params.pull_number);
      const method = body.merge_method ?? 'merge';
      if (method !== 'merge') {
        throw new RestError(405, `The rehearsal merges by a merge commit, and not by ${method}.`);
      }
      const head = body.sha;
      try {
        await control.mergePullRequest(pull, { by: caller.login, ...(head === undefined ? {} : { head }) });
      } catch (error: unknown) {
        if (!(error instanceof PullRequestRefused)) throw error;
        throw new RestError(error.field === 'head' ? 409 : 405, error.message);
      }
      const sha = pull.merged?.commit ?? '';
      return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
    }),
  ];
}

/** @throws RestError with GitHub's answer where it is refused */
async function refusable(work: () => Promise<PullRequest>): Promise<PullRequest> {
  try {
    return await work();
  } catch (error: unknown) {
    if (!(error instanceof PullRequestRefused)) throw error;
    if (error.field !== undefined) throw invalid('PullRequest', error.field);
    throw new RestError(422, 'Validation Failed', {
      errors: [{ resource: 'PullRequest', code: 'custom', message: error.message }],
    });
  }
}

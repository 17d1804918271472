import { accountId } from '../accounts.ts';
import { protect, refRules } from '../environments/index.ts';
import type { Environment, Protection, RefPattern, RefRule } from '../model.ts';
import type { RestContext } from './context.ts';
import type { RequestBody } from './description.ts';
import { empty, endpoint, ok, type Endpoint } from './endpoint.ts';
import { invalid, notFound, RestError } from './errors.ts';
import { countedPage } from './pagination.ts';
import { environment, refPattern } from './shapes/environment.ts';

/** Environments, their protection rules, and the branches and tags that may deploy to them. */
export function environmentEndpoints(context: RestContext): readonly Endpoint[] {
  const { hub, at, now } = context;
  const startedAt = now().toISOString();
  const find = (name = ''): Environment => {
    const found = hub.environments.get(name);
    if (found === undefined) throw notFound();
    return found;
  };
  /** An environment whose branches and tags are chosen by patterns. */
  const selective = (name = ''): { of: Environment; patterns: readonly RefPattern[] } => {
    const of = find(name);
    const { refs } = of.protection;
    if (refs.kind !== 'selected') throw notFound();
    return { of, patterns: refs.patterns };
  };
  const set = (of: Environment, patterns: readonly RefPattern[]): void => {
    protect(hub, of.name, { ...of.protection, refs: { kind: 'selected', patterns } });
  };
  const findPattern = (patterns: readonly RefPattern[], id = ''): RefPattern => {
    const found = patterns.find((pattern) => pattern.id === Number(id));
    if (found === undefined) throw notFound();
    return found;
  };

  return [
    endpoint('repos/get-all-environments', 'actions=read', (request) =>
      countedPage(request, 'environments', [...hub.environments.values()], (one) =>
        environment(at, one, startedAt),
      ),
    ),

    endpoint('repos/get-environment', 'actions=read', ({ params }) =>
      ok(environment(at, find(params.environment_name), startedAt)),
    ),

    // What is left out of the request goes back to GitHub's default.
    endpoint('repos/create-or-update-environment', 'administration=write', ({ params, body }) => {
      const name = params.environment_name ?? '';
      const before = hub.environments.get(name)?.protection.refs ?? refRules.any;
      const protection = protectionOf(context, body, before);
      try {
        return ok(environment(at, protect(hub, name, protection), startedAt));
      } catch (error: unknown) {
        if (error instanceof RangeError) throw new RestError(422, error.message);
        throw error;
      }
    }),

    endpoint('repos/delete-an-environment', 'administration=write', ({ params }) => {
      hub.environments.delete(find(params.environment_name).name);
      hub.announce({ kind: 'record' });
      return empty();
    }),

    endpoint('repos/list-deployment-branch-policies', 'actions=read', (request) => {
      const { patterns } = selective(request.params.environment_name);
      return countedPage(request, 'branch_policies', patterns, refPattern);
    }),

    endpoint('repos/create-deployment-branch-policy', 'administration=write', ({ params, body }) => {
      const { of, patterns } = selective(params.environment_name);
      const pattern: RefPattern = { id: hub.nextId(), type: body.type ?? 'branch', name: body.name };
      if (patterns.some(({ type, name }) => type === pattern.type && name === pattern.name))
        return empty(303);
      set(of, [...patterns, pattern]);
      return ok(refPattern(pattern));
    }),

    endpoint('repos/get-deployment-branch-policy', 'actions=read', ({ params }) =>
      ok(refPattern(findPattern(selective(params.environment_name).patterns, params.branch_policy_id))),
    ),

    endpoint('repos/update-deployment-branch-policy', 'administration=write', ({ params, body }) => {
      const { of, patterns } = selective(params.environment_name);
      const before = findPattern(patterns, params.branch_policy_id);
      const renamed = { ...before, name: body.name };
      set(
        of,
        patterns.map((pattern) => (pattern === before ? renamed : pattern)),
      );
      return ok(refPattern(renamed));
    }),

    endpoint('repos/delete-deployment-branch-policy', 'administration=write', ({ params }) => {
      const { of, patterns } = selective(params.environment_name);
      const removed = findPattern(patterns, params.branch_policy_id);
      set(
        of,
        patterns.filter((pattern) => pattern !== removed),
      );
      return empty();
    }),
  ];
}

function protectionOf(
  { hub }: RestContext,
  body: NonNullable<RequestBody<'repos/create-or-update-environment'>>,
  before: RefRule,
): Protection {
  const reviewers = (body.reviewers ?? []).map(({ type, id }) => {
    const login = [...hub.people].find((one) => accountId(one, hub.repository) === id);
    if (type === 'Team' || login === undefined) {
      throw invalid(
        'Environment',
        'reviewers',
        `Failed to create the environment protection rule. ${type ?? 'User'} ${id ?? ''} is nobody here.`,
      );
    }
    return login;
  });
  return {
    reviewers,
    preventSelfReview: body.prevent_self_review ?? false,
    waitMinutes: body.wait_timer ?? 0,
    refs: refRuleOf(body.deployment_branch_policy ?? null, before),
  };
}

function refRuleOf(
  policy: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null,
  before: RefRule,
): RefRule {
  if (policy === null) return refRules.any;
  if (policy.protected_branches === policy.custom_branch_policies) {
    throw invalid(
      'Environment',
      'deployment_branch_policy',
      '`protected_branches` and `custom_branch_policies` cannot have the same value',
    );
  }
  if (policy.protected_branches) return refRules.protected;
  return before.kind === 'selected' ? before : { kind: 'selected', patterns: [] };
}

import {
  pendingDeployments,
  reviewDeployments,
  ReviewRefused,
  reviewProblem,
} from '../environments/index.ts';
import type { Deployment, Run } from '../model.ts';
import type { RestContext } from './context.ts';
import { endpoint, ok, type Endpoint } from './endpoint.ts';
import { RestError } from './errors.ts';
import { findRun } from './runs.ts';
import { deployment } from './shapes/deployment.ts';
import { environment, environmentLink, reviewers } from './shapes/environment.ts';
import { user } from './shapes/user.ts';

/** What runs wait for at their environments, and what reviewers say of it. */
export function reviewEndpoints({ hub, at, now }: RestContext): readonly Endpoint[] {
  const startedAt = now().toISOString();
  /** The deployments of a run that wait to be let in. */
  const waiting = ({ id }: Run, names: readonly string[]): Deployment[] =>
    [...hub.deployments.values()].filter(({ environment: name, statuses }) => {
      const last = statuses.at(-1);
      return names.includes(name) && last?.state === 'waiting' && last.logUrl.includes(`/runs/${id}/`);
    });

  return [
    endpoint('actions/get-pending-deployments-for-run', 'actions=read', ({ params, caller }) => {
      const run = findRun(hub, params.run_id);
      return ok(
        pendingDeployments(hub, run).map((pending) => ({
          environment: environmentLink(at, pending.environment),
          wait_timer: pending.environment.protection.waitMinutes,
          wait_timer_started_at: pending.waitsUntil === undefined ? null : pending.since,
          current_user_can_approve:
            pending.needsReview && reviewProblem(pending.environment, run, caller.login) === undefined,
          reviewers: reviewers(at, pending.environment),
        })),
      );
    }),

    endpoint('actions/review-pending-deployments-for-run', 'a person', ({ params, body, caller }) => {
      const run = findRun(hub, params.run_id);
      const names = body.environment_ids.map((id) => {
        const found = [...hub.environments.values()].find((one) => one.id === id);
        if (found === undefined) throw new RestError(422, `There is no environment ${id}.`);
        return found.name;
      });
      const reviewed = waiting(run, names);
      try {
        reviewDeployments(hub, {
          runId: run.id,
          environments: names,
          state: body.state,
          comment: body.comment,
          reviewer: caller.login,
          at: now().toISOString(),
        });
      } catch (error: unknown) {
        if (error instanceof ReviewRefused) throw new RestError(422, error.message);
        throw error;
      }
      return ok(reviewed.map((record) => deployment(at, record)));
    }),

    endpoint('actions/get-reviews-for-run', 'actions=read', ({ params }) => {
      const run = findRun(hub, params.run_id);
      return ok(
        (run.reviews ?? []).map((review) => ({
          environments: review.environments.flatMap((name) => {
            const found = hub.environments.get(name);
            if (found === undefined) return [];
            const { created_at, updated_at } = environment(at, found, startedAt);
            return { ...environmentLink(at, found), created_at, updated_at };
          }),
          state: review.state,
          user: user(at, review.reviewer),
          comment: review.comment,
        })),
      );
    }),
  ];
}

import type { Hub } from '../hub.ts';
import type { Environment, Protection, RefPattern } from '../model.ts';

/** What an environment asks for before it lets a job in. */
export interface EnvironmentRules {
  /** Logins, at most six; one of them has to approve. None: nobody has to. */
  readonly reviewers?: readonly string[];
  /** Whether the one who started the run is kept from approving it. */
  readonly preventSelfReview?: boolean;
  /** Minutes that a job waits, 0 to 43,200. */
  readonly waitTimer?: number;
  /** Patterns of the branches and tags that may deploy here. Left out: any may. */
  readonly refs?: { readonly branches?: readonly string[]; readonly tags?: readonly string[] };
}

/** GitHub's limits (REST API, "Create or update an environment"). */
const mostReviewers = 6;
const longestWaitMinutes = 43_200;

/**
 * Gives an environment its protection rules, in place of those that it had; it is created where it is not there.
 * @throws RangeError where GitHub would not take them
 */
export function configureEnvironment(hub: Hub, name: string, rules: EnvironmentRules): Environment {
  const { reviewers = [], preventSelfReview = false, waitTimer = 0, refs } = rules;
  const ids = (type: RefPattern['type'], patterns: readonly string[] = []): RefPattern[] =>
    patterns.map((pattern) => ({ id: hub.nextId(), type, name: pattern }));
  return protect(hub, name, {
    reviewers: [...new Set(reviewers)],
    preventSelfReview,
    waitMinutes: waitTimer,
    refs:
      refs === undefined
        ? { kind: 'any' }
        : { kind: 'selected', patterns: [...ids('branch', refs.branches), ...ids('tag', refs.tags)] },
  });
}

/** @throws RangeError where GitHub would not take the rules */
export function protect(hub: Hub, name: string, protection: Protection): Environment {
  const { reviewers, waitMinutes } = protection;
  if (reviewers.length > mostReviewers) {
    throw new RangeError(`${name}: ${reviewers.length} reviewers; at most ${mostReviewers} are allowed.`);
  }
  if (!Number.isInteger(waitMinutes) || waitMinutes < 0 || waitMinutes > longestWaitMinutes) {
    throw new RangeError(
      `${name}: a wait timer of ${waitMinutes} minutes; 0 to ${longestWaitMinutes} are allowed.`,
    );
  }
  const environment = hub.environment(name);
  for (const login of reviewers) hub.meet(login);
  environment.protection = protection;
  hub.announce({ kind: 'record' });
  return environment;
}

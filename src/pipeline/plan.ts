import { type Config, matchEnvironment } from '../config/index.ts';
import type { Event } from '../github/index.ts';
import { versionOfTag } from '../promotion/index.ts';
import { type Stage, stagesOf } from './stages.ts';

/** What a run is to do. */
export type Plan =
  | { readonly kind: 'nothing'; readonly reason: string }
  | {
      readonly kind: 'deploy';
      readonly environment: string;
      readonly version: string;
      readonly stages: readonly Stage[];
      /** The tag that releases it: more is asked of it, and GitHub has to be asked. `undefined` on a branch. */
      readonly tag: string | undefined;
    };

interface PlanOptions {
  readonly config: Config;
  readonly event: Event | undefined;
  readonly sha: string;
  /** The environment that the workflow is for; whatever the ref goes to, where nothing is said. */
  readonly environment: string | undefined;
}

/** Decides environment, version and stages from what started the run. */
export function plan({ config, event, sha, environment: wanted }: PlanOptions): Plan {
  if (event === undefined) return nothing('This ref is neither a branch nor a tag');
  if (event.kind === 'pull-request') return nothing('A pull request deploys nothing');
  const matched = matchEnvironment(config, event.ref);
  const shown = event.kind === 'branch' ? `branch ${event.branch}` : `tag ${event.tag}`;
  if (matched === undefined) return nothing(`No environment of sluice.yml answers to ${shown}`);
  if (wanted !== undefined && wanted !== matched) {
    return nothing(`The ${shown} goes to ${matched}, and this workflow is for ${wanted}`);
  }
  const stages = stagesOf(config, matched);
  if (event.kind === 'branch') {
    return { kind: 'deploy', environment: matched, version: sha, stages, tag: undefined };
  }
  const { tag } = event;
  return { kind: 'deploy', environment: matched, version: versionOfTag(tag) ?? tag, stages, tag };
}

const nothing = (reason: string): Plan => ({ kind: 'nothing', reason });

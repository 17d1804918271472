import { type Config, matchEnvironment } from '../config/index.ts';
import { type Event, Failure } from '../github/index.ts';
import { type Stage, stagesOf } from './stages.ts';

/** What a run is to do. */
export type Plan =
  | { readonly kind: 'nothing'; readonly reason: string }
  | {
      readonly kind: 'deploy';
      readonly environment: string;
      readonly version: string;
      readonly stages: readonly Stage[];
      /** Whether the commit has to be on the release branch. */
      readonly isRelease: boolean;
    };

export interface PlanOptions {
  readonly config: Config;
  readonly event: Event | undefined;
  readonly sha: string;
  /** The environment that the workflow is for; whatever the ref goes to, where nothing is said. */
  readonly environment: string | undefined;
}

/** https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string */
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*))?(?:\+([\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*))?$/;

/**
 * Decides environment, version and stages from what started the run.
 *
 * @throws Failure for a tag that an environment answers to, and that is no version.
 */
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
    return { kind: 'deploy', environment: matched, version: sha, stages, isRelease: false };
  }
  const version = event.tag.replace(/^v/, '');
  if (!event.tag.startsWith('v') || !semver.test(version)) {
    throw new Failure(`The tag ${event.tag} is not a version`, {
      where: event.ref,
      why: `${matched} is deployed from tags of the form vMAJOR.MINOR.PATCH, strictly as https://semver.org has it`,
      remedy: `Delete the tag (git push --delete origin ${event.tag}) and push one such as v1.2.3`,
    });
  }
  return { kind: 'deploy', environment: matched, version, stages, isRelease: true };
}

const nothing = (reason: string): Plan => ({ kind: 'nothing', reason });

import { matchEnvironment, type Config } from '../src/config/index.ts';

/** One push of a journey. */
export interface Leg {
  /** `refs/heads/develop`, `refs/tags/v1.0.0`. */
  readonly ref: string;
  readonly environment: string;
  /** Why there is a second release to the same environment. */
  readonly note?: string;
}

/**
 * The way of a commit through all environments, in sluice.yml's order: branches are pushed, and a tag pattern gets the
 * next version. A first release has no traffic to shift: where nothing is live yet in an environment that shifts it,
 * a second one follows.
 *
 * @param tags the tags that are there already, here or in the rehearsal
 * @param isLive whether an environment has a release
 */
export function journeyOf(
  config: Config,
  tags: readonly string[],
  isLive: (environment: string) => boolean,
): { readonly legs: readonly Leg[]; readonly notes: readonly string[] } {
  const legs: Leg[] = [];
  const notes: string[] = [];
  let version = lastVersion(tags);
  for (const [environment, { on, deploy }] of Object.entries(config.environments)) {
    if ('branch' in on) {
      legs.push({ ref: `refs/heads/${on.branch}`, environment });
      continue;
    }
    const isSecondWanted = deploy.strategy !== 'rolling' && !isLive(environment);
    for (const isFirst of isSecondWanted ? [true, false] : [true]) {
      version = version === undefined ? [1, 0, 0] : [version[0], version[1], version[2] + 1];
      const ref = `refs/tags/v${version.join('.')}`;
      if (matchEnvironment(config, ref) !== environment) {
        notes.push(
          `The journey leaves ${environment} out: its tag pattern "${on.tag}" does not take v${version.join('.')}. Push a tag by hand.`,
        );
        break;
      }
      legs.push({
        ref,
        environment,
        ...(isFirst
          ? {}
          : {
              note: `${environment} now has a release that users are on: the next one takes their traffic over.`,
            }),
      });
    }
  }
  return { legs, notes };
}

type Version = readonly [number, number, number];

/** The highest `vX.Y.Z`; pre-releases do not count. */
function lastVersion(tags: readonly string[]): Version | undefined {
  return tags
    .flatMap((tag): Version[] => {
      const [, major, minor, patch] = /^v(\d+)\.(\d+)\.(\d+)$/.exec(tag) ?? [];
      return patch === undefined ? [] : [[Number(major), Number(minor), Number(patch)]];
    })
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    .at(-1);
}

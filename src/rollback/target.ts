import { payloadText, type DeploymentHistory } from '../github/index.ts';
import { releaseOf, type Objection, type RecordedRelease } from '../promotion/index.ts';

/** The release to go back to, and the one that is left. */
export type Target =
  | {
      readonly kind: 'found';
      readonly release: Deployable;
      /** What the records say that runs; `undefined` where nothing ever served. */
      readonly live: RecordedRelease | undefined;
    }
  | { readonly kind: 'refused'; readonly objections: readonly Objection[] };

/** A release whose image is known by its digest. */
type Deployable = RecordedRelease & { readonly image: string; readonly digest: string };

/** `last-good`: the newest good release before the one that runs. `instead-of`: of another image than this. */
export type Wanted =
  | { readonly kind: 'last-good' }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'instead-of'; readonly digest: string };

/**
 * Reads the releases of an environment, newest first, one of each version: its last deployment whose end is known
 * counts. What nobody finished says nothing of a release, and is left out.
 */
export async function releasesOf(
  history: DeploymentHistory,
  environment: string,
): Promise<readonly RecordedRelease[]> {
  const releases = new Map<string, RecordedRelease>();
  for await (const deployment of history.list({ environment })) {
    const version = payloadText(deployment, 'version');
    if (version === undefined || releases.has(version)) continue;
    const release = releaseOf(await history.withState(deployment));
    if (release.standing === 'good' || release.standing === 'failed') releases.set(version, release);
    if (releases.size === releasesRead) break;
  }
  return [...releases.values()];
}

/** Nobody goes back further; each costs a request. */
const releasesRead = 30;

/**
 * Chooses the release to go back to among those of an environment, newest first.
 *
 * @param notAccepted the records of releases that were deployed and that the environment's checks did not let pass
 */
export function chooseTarget(
  releases: readonly RecordedRelease[],
  wanted: Wanted,
  environment: string,
  notAccepted: ReadonlyMap<number, string> = new Map(),
): Target {
  const live = releases.find(({ standing }) => standing === 'good');
  const leaving = wanted.kind === 'instead-of' ? wanted.digest : live?.digest;
  const good = releases.filter(
    (release): release is Deployable =>
      isGoodTarget(release, releases) && release.digest !== leaving && !notAccepted.has(release.record),
  );
  const choice =
    good.length === 0 ? 'there is none' : `there is ${good.map(({ version }) => version).join(', ')}`;
  const refused = (what: string, remedy: string): Target => ({
    kind: 'refused',
    objections: [{ what, remedy }],
  });

  switch (wanted.kind) {
    case 'last-good': {
      const [release] = good;
      return release === undefined
        ? refused(
            `No release of ${environment} is known that served before ${live?.version ?? 'anything'}`,
            'Release a corrected version instead',
          )
        : { kind: 'found', release, live };
    }
    case 'instead-of': {
      const [release] = good;
      return release === undefined
        ? refused(
            `There is no release of ${environment} to go back to: none before it was accepted`,
            `Release a corrected version; until then ${environment} stays as it is`,
          )
        : { kind: 'found', release, live };
    }
    case 'version': {
      const { version } = wanted;
      const release = good.find((each) => each.version === version);
      if (release !== undefined) return { kind: 'found', release, live };
      const known = releases.find((each) => each.version === version);
      const otherwise = `Choose a release that served (${choice}), or release a corrected version`;
      if (known === undefined) return refused(`${version} has no good record in ${environment}`, otherwise);
      if (known.standing === 'failed') {
        return refused(
          `${version} failed in ${environment}: ${known.reason ?? 'no reason recorded'}`,
          otherwise,
        );
      }
      const unaccepted = notAccepted.get(known.record);
      if (unaccepted !== undefined) {
        return refused(`${version} was never accepted in ${environment}: ${unaccepted}`, otherwise);
      }
      return known.digest === live?.digest
        ? refused(`${version} is what ${environment} runs`, otherwise)
        : refused(`${version} is recorded without its image, or its digest failed later`, otherwise);
    }
  }
}

/** Good, known by its digest, and not failed since under another version. */
function isGoodTarget(release: RecordedRelease, releases: readonly RecordedRelease[]): release is Deployable {
  const { standing, image, digest } = release;
  if (standing !== 'good' || image === undefined || digest === undefined) return false;
  return releases.find((each) => each.digest === digest)?.standing === 'good';
}

import type { LabelledImage } from '../image/index.ts';
import type { Objection } from './objection.ts';

/** The label that `build-image` writes the hash of the source tree into. */
const sourceLabel = 'dev.sluice.source';

export interface ImageFacts {
  /** `registry/repository@sha256:…` */
  readonly image: string;
  /** What the registry has under the digest; `undefined` where it has nothing. */
  readonly found: readonly LabelledImage[] | undefined;
  readonly commit: string;
  /** The hash of the commit's build context. */
  readonly tree: string;
}

/** What speaks against an image as the one that was built of a commit. */
export function objectionsToImage({ image, found, commit, tree }: ImageFacts): readonly Objection[] {
  if (found === undefined || found.length === 0) {
    return [
      {
        what: `The registry does not have ${image}`,
        remedy:
          'See that the lifecycle policy of the repository keeps what may be promoted, deploy the commit again to the environment before, and then promote it',
      },
    ];
  }
  return found
    .filter(({ labels }) => labels[sourceLabel] !== tree)
    .map(({ digest, labels }) => ({
      what: `The image ${digest} was not built of commit ${commit.slice(0, 12)}: ${
        labels[sourceLabel] === undefined
          ? `it has no label ${sourceLabel}`
          : `it is of the source tree ${labels[sourceLabel]}, and the commit has ${tree}`
      }`,
      remedy:
        'Deploy this very commit to the environment before with build-image and deploy, and release that',
    }));
}

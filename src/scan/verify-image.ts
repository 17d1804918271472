import { Failure, type RunCommand } from '../github/index.ts';
import { hashSourceTree, openLayout, parseByDigest } from '../image/index.ts';

/** An image that is what it is called, and of which it is known what it was made of. */
export interface VerifiedImage {
  readonly digest: string;
  /** The git tree of the build context; `undefined` where the image does not tell. */
  readonly source: string | undefined;
}

/**
 * Holds an image to its digest, and the source to the image: only then is what scanners say about the files that are
 * checked out said about the image that was made of them.
 *
 * @param layout the image as an OCI layout folder, absolute
 * @param context the build context, relative to the workspace
 * @throws Failure where the layout holds another image, was changed, or the image was made of other source
 */
export async function verifyImage(facts: {
  readonly image: string;
  readonly layout: string;
  readonly workspace: string;
  readonly context: string;
  readonly run: RunCommand;
}): Promise<VerifiedImage> {
  const { image, layout, workspace, context, run } = facts;
  const { digest, labels } = await openLayout(layout, parseByDigest(image)?.digest ?? image);
  const source = labels['dev.sluice.source'];
  const { hash } = await hashSourceTree(workspace, context, run);
  if (source !== undefined && source !== hash) {
    throw new Failure('The image was made of other source than what is checked out', {
      where: `${image}, label dev.sluice.source`,
      why: `it was made of the tree ${source}, and ${context} is ${hash}`,
      remedy:
        'Check out the commit that the image was built for, and change nothing in the build context before the scan',
    });
  }
  return { digest, source };
}

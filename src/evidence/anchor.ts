import { outcomes, type Outcome, type VerdictKind } from './verdict.ts';

/** The states of a commit status that a verdict has at GitHub. */
export type AnchorState = 'success' | 'failure' | 'error';

/** The account that jobs act as at GitHub: nobody else's word counts for what a pipeline found. */
export const pipelineAccount = 'github-actions[bot]';

/**
 * The commit status that a verdict is recorded as. It names the statement in the registry by its digest: who can write
 * to the registry alone cannot change a verdict, and neither can who can write commit statuses alone.
 */
export function anchorContext(environment: string, kind: VerdictKind): string {
  return `sluice/${environment}/${kind}`;
}

export function anchorState(outcome: Outcome): AnchorState {
  switch (outcome) {
    case 'passed':
      return 'success';
    case 'failed':
      return 'failure';
    case 'inconclusive':
      return 'error';
  }
}

/** What the description of a commit status says of a verdict. */
export interface Anchor {
  readonly outcome: Outcome;
  /** The first twelve digits of the image's digest: for people, and for whoever cannot look into the registry. */
  readonly image: string;
  /** The digest of the statement's manifest, `sha256:…` */
  readonly statement: string;
}

/** Short enough for GitHub, which takes 140 characters. */
export function formatAnchor({ outcome, image, statement }: Anchor): string {
  return `${outcome} for ${image}, statement ${statement}`;
}

/** @returns `undefined` where the description is none of ours */
export function readAnchor(description: string): Anchor | undefined {
  const [, word, image, statement] =
    /^([a-z]+) for ([0-9a-f]{12}), statement (sha256:[0-9a-f]{64})$/.exec(description) ?? [];
  const outcome = outcomes.find((each) => each === word);
  return outcome === undefined || image === undefined || statement === undefined
    ? undefined
    : { outcome, image, statement };
}

/** What an anchor says of an image for its digest. */
export function anchoredImage(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

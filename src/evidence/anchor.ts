import type { Outcome, VerdictKind } from './verdict.ts';

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

/** For people, and for {@link anchoredStatement}; GitHub takes 140 characters. */
export function describeAnchor(anchor: {
  readonly outcome: Outcome;
  /** The image's, `sha256:…` */
  readonly digest: string;
  /** The digest of the statement's manifest, `sha256:…` */
  readonly statement: string;
}): string {
  return `${anchor.outcome} for ${anchor.digest.slice(7, 19)}, statement ${anchor.statement}`;
}

/** The digest of the statement's manifest; `undefined` where the description names none. */
export function anchoredStatement(description: string): string | undefined {
  return /, statement (sha256:[0-9a-f]{64})$/.exec(description)?.[1];
}

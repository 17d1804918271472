import type { GitHubConnection } from '../github/index.ts';
import type { Descriptor, Registry } from '../image/index.ts';
import { anchorContext, anchoredImage, anchorState, formatAnchor, pipelineAccount } from './anchor.ts';
import { attachStatement } from './attached.ts';
import { readCommitStatuses, setCommitStatus } from './commit-statuses.ts';
import type { Issue } from './statement.ts';
import type { Verdict } from './verdict.ts';

/** A verdict that is attached to its digest, and anchored at GitHub. */
export interface RecordedVerdict {
  readonly verdict: Verdict;
  /** The digest of the statement's manifest. */
  readonly statement: string;
  /** Whether this was recorded now; otherwise it was there already. */
  readonly isNew: boolean;
}

export interface RecordOptions {
  readonly verdicts: readonly Verdict[];
  readonly issue: Issue;
  /** The image that the verdicts are about, as the registry has it. */
  readonly subject: Descriptor;
  /** `registry/repository` */
  readonly repository: string;
  readonly registry: Registry;
  readonly connection: GitHubConnection;
}

/**
 * Attaches verdicts to their image and anchors each at GitHub, one after the other. What an earlier attempt of the run
 * has recorded is found and kept: a run that was killed between the two is mended by running it again.
 *
 * @throws what the registry's and GitHub's clients throw
 */
export async function recordVerdicts(options: RecordOptions): Promise<readonly RecordedVerdict[]> {
  const { verdicts, issue, subject, repository, registry, connection } = options;
  const statuses = await readCommitStatuses(connection, issue.commit, `sluice/${issue.environment}/`);
  const recorded: RecordedVerdict[] = [];
  for (const verdict of verdicts) {
    const { manifest, isNew } = await attachStatement(registry, repository, subject, { verdict, issue });
    const context = anchorContext(issue.environment, verdict.kind);
    const description = formatAnchor({
      outcome: verdict.outcome,
      image: anchoredImage(verdict.digest),
      statement: manifest,
    });
    const state = anchorState(verdict.outcome);
    const present = statuses.get(context);
    const isAnchored =
      present?.description === description && present.state === state && present.creator === pipelineAccount;
    if (!isAnchored) {
      await setCommitStatus(connection, issue.commit, {
        context,
        state,
        description,
        targetUrl: issue.run.url,
      });
    }
    recorded.push({ verdict, statement: manifest, isNew: isNew || !isAnchored });
  }
  return recorded;
}

/** Verdicts that are not about the image: nothing may be recorded of it then. */
export function foreignVerdicts(verdicts: readonly Verdict[], digest: string): readonly Verdict[] {
  return verdicts.filter((verdict) => verdict.digest !== digest);
}

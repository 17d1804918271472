import type { Interface } from 'node:readline';
import { pendingDeployments, reviewDeployments, reviewProblem } from './hub/environments/index.ts';
import type { Hub } from './hub/hub.ts';
import type { Run } from './hub/model.ts';

/** The person of the rehearsal who is not the one who pushes. */
export const reviewer = 'reviewer';

export interface ApprovalOptions {
  readonly hub: Hub;
  readonly serverUrl: string;
  readonly say: (line: string) => void;
  /** Approves whatever waits, without a question: for scripts. */
  readonly always: boolean;
  /** Lines that the user types, where there is a terminal. */
  readonly typed: Interface | undefined;
  readonly now: () => Date;
}

/**
 * Tells when a run waits for a review, and takes the answer from the terminal: the same as the page's *Review
 * deployments*.
 * @returns how to stop that
 */
export function reviewOnTerminal(options: ApprovalOptions): () => void {
  const { hub, serverUrl, say, always, typed } = options;
  const told = new Set<string>();

  const consider = (run: Run): void => {
    const waiting = environmentsToReview(hub, run);
    if (waiting.length === 0) return;
    const key = `${run.id}/${run.attempt}/${waiting.join()}`;
    if (told.has(key)) return;
    told.add(key);
    if (always) return review(options, run, waiting, 'approved', 'Approved by --approve.');
    say(`  ${waiting.join(', ')} waits for an approval: ${serverUrl}/runs/${run.id}`);
    if (typed !== undefined) say('  … or type here: approve, or: reject WHY');
  };

  const stopListening = hub.onChange((change) => {
    // Reviewing changes the run, so it is looked at when the present change is through.
    if (change.kind === 'run' || change.kind === 'job') setImmediate(consider, change.run);
  });
  const onLine = (line: string): void => {
    const [, verb, comment = ''] = /^\s*(approve|reject)\b\s*(.*)$/i.exec(line) ?? [];
    if (verb === undefined) return;
    const run = [...hub.runs.values()].find((one) => environmentsToReview(hub, one).length > 0);
    if (run === undefined) return say('Nothing waits for a review.');
    const state = verb.toLowerCase() === 'approve' ? 'approved' : 'rejected';
    review(options, run, environmentsToReview(hub, run), state, comment);
  };
  typed?.on('line', onLine);
  return () => {
    stopListening();
    typed?.off('line', onLine);
  };
}

function environmentsToReview(hub: Hub, run: Run): string[] {
  return pendingDeployments(hub, run)
    .filter(({ needsReview }) => needsReview)
    .map(({ environment }) => environment.name);
}

function review(
  { hub, say, now }: ApprovalOptions,
  run: Run,
  environments: readonly string[],
  state: 'approved' | 'rejected',
  comment: string,
): void {
  // The one who pushed may be a reviewer too; who may not review is told apart by the environment's own rules.
  const people = environments.flatMap((name) => hub.environment(name).protection.reviewers);
  const as =
    people.find((person) =>
      environments.every((name) => reviewProblem(hub.environment(name), run, person) === undefined),
    ) ?? reviewer;
  try {
    reviewDeployments(hub, {
      runId: run.id,
      environments,
      state,
      comment,
      reviewer: as,
      at: now().toISOString(),
    });
    say(`  ${environments.join(', ')}: ${state} by ${as}`);
  } catch (error: unknown) {
    say(`  ${error instanceof Error ? error.message : String(error)}`);
  }
}

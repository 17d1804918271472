import type { Frame, JobState } from './job-state.ts';
import type { ResolvedAction } from './resolve-action.ts';
import { resolveForStep } from './step.ts';

/** GitHub's limit of composite actions within each other. */
const deepest = 10;

/**
 * Gets an action that does not come from the workspace, and those within it, so that what is missing shows in "Set up
 * job", before the first step.
 * @throws Error where one of them cannot be run
 */
export async function prepareAction(
  job: JobState,
  frame: Frame,
  uses: string,
  killed: AbortSignal,
  depth = 0,
): Promise<ResolvedAction> {
  const resolved = await resolveForStep(job, frame, uses, { number: 1, killed });
  if (resolved.kind === 'stand-in') {
    job.log.write(1, 'line', `${uses}: a stand-in of the rehearsal takes its place.`);
    return resolved;
  }
  const { runs } = resolved.action;
  if (depth > 0 && runs.using === 'node' && runs.pre !== undefined) {
    throw new Error(
      `uses: ${uses}: an action with \`pre\` within a composite action is not supported by the rehearsal.`,
    );
  }
  if (runs.using === 'composite' && depth < deepest) {
    for (const step of runs.steps) {
      if (step.kind !== 'uses' || step.uses.startsWith('./')) continue;
      await prepareAction(job, { ...frame, source: resolved.source }, step.uses, killed, depth + 1);
    }
  }
  return resolved;
}

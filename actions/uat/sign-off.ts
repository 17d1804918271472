import { formatVerdict, parseVerdict, type Verdict } from '../../src/evidence/index.ts';
import {
  errorMessage,
  escapeMarkdown,
  Failure,
  type Outputs,
  readContext,
  readReviews,
  runner,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { sign } from '../../src/uat/index.ts';

interface SignOffInput {
  readonly environment: string;
  /** The image that is signed off, where it is said. */
  readonly image: string | undefined;
  readonly verdict: string;
  readonly token: string | undefined;
}

/**
 * Takes the review of this run's sign-off environment into the verdict. The job that this runs in is bound to that
 * environment: it has not started before a reviewer approved it.
 */
export async function signOff(
  input: SignOffInput,
  outputs: Outputs<'verdict' | 'passed' | 'failed' | 'signed-off-by'>,
): Promise<void> {
  const verdict = readVerdict(input.verdict);
  if (input.image !== undefined && !input.image.endsWith(`@${verdict.digest}`)) {
    throw new Failure('The verdict is about another image', {
      where: 'input "verdict"',
      why: `it is about ${verdict.digest}, and the image is ${input.image}`,
      remedy: 'Hand over the verdict of the job that played the scenarios against this image',
    });
  }
  // Where nobody signs, it stays what it was.
  outputs.set('verdict', formatVerdict(verdict));
  outputs.set('passed', String(verdict.facts['passed'] ?? 0));
  outputs.set('failed', String(verdict.facts['failed'] ?? 0));
  const { owner, repository, apiUrl, runId } = readContext(runner.environment);
  const { token } = input;
  if (token === undefined) {
    throw new Failure('The reviews of this run cannot be read without a token', {
      where: 'input "github-token"',
      remedy: 'Leave it to its default, and give the job "permissions: { actions: read }"',
    });
  }
  const environment = `${input.environment}-sign-off`;
  const reviews = await readReviews({ token, owner, repository, apiUrl }, runId);
  const review = reviews.find(
    ({ state, by, environments }) =>
      state === 'approved' && by !== undefined && environments.includes(environment),
  );
  if (review?.by === undefined) {
    throw new Failure(`Nobody has signed off on ${environment} in this run`, {
      why: 'GitHub has no approving review of it',
      remedy: `Bind the job to "environment: ${environment}", and give that environment required reviewers (Settings → Environments)`,
    });
  }
  const signature = { by: review.by, comment: review.comment, environment };
  const signed = sign(verdict, signature, new Date().toISOString());
  if (signed === undefined) {
    throw new Failure('There is nothing to sign off', {
      why: `the verdict is ${verdict.outcome}: ${verdict.summary}`,
      remedy: 'A signature does not make a failure good; mend what failed, and run the scenarios again',
    });
  }
  outputs.set('verdict', formatVerdict(signed));
  outputs.set('signed-off-by', review.by);
  const summary = new Summary().heading(3, 'UAT signed off');
  summary.paragraph(`${escapeMarkdown(signed.summary)}, on ${environment}.`);
  if (review.comment !== '') summary.raw(`> ${escapeMarkdown(review.comment)}`);
  await writeSummary(runner, summary);
}

function readVerdict(text: string): Verdict {
  try {
    return parseVerdict(text);
  } catch (error) {
    throw new Failure('The verdict that is to be signed off is none', {
      where: 'input "verdict"',
      why: errorMessage(error),
      remedy: 'Hand over the output "verdict" of the job that played the scenarios',
      cause: error,
    });
  }
}

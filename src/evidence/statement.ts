import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { verdictSchema, type Verdict } from './verdict.ts';

/** The kind of statement that a verdict is, for whoever finds it in a registry. */
export const predicateType = 'https://sluice.dev/verdict/v1';
/** What the registry lists it as among the referrers of an image. */
export const verdictArtifact = 'application/vnd.sluice.verdict.v1+json';
/** How the document itself is written. */
export const statementMediaType = 'application/vnd.in-toto+json';

const commit = z.string().regex(/^[0-9a-f]{40}$/);

const issueSchema = z.strictObject({
  /** The environment whose pipeline ran the check. */
  environment: z.string().min(1),
  commit,
  /** `owner/repository` */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  version: z.string().min(1),
  /** As `GITHUB_WORKFLOW_REF` has it: `owner/repository/.github/workflows/on-push-staging.yml@refs/heads/main`. */
  workflow: z.string().min(1),
  run: z.strictObject({ id: z.int().positive(), attempt: z.int().positive(), url: z.string().min(1) }),
  actor: z.string(),
  issuedAt: z.iso.datetime(),
});

/** Who says it: the run that vouches for a verdict. */
export type Issue = z.infer<typeof issueSchema>;

const predicateSchema = z.strictObject({
  ...verdictSchema.omit({ digest: true }).shape,
  ...issueSchema.shape,
});

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(
      z.strictObject({
        name: z.string(),
        digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      }),
    )
    .length(1),
  predicateType: z.literal(predicateType),
  predicate: predicateSchema,
});

/** A verdict with the run that vouches for it. */
export interface VerdictStatement {
  readonly verdict: Verdict;
  readonly issue: Issue;
}

/** @param name the image's repository, for whoever reads the statement elsewhere */
export function formatStatement(name: string, { verdict, issue }: VerdictStatement): string {
  const { digest, ...found } = verdict;
  return JSON.stringify(
    statementSchema.parse({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name, digest: { sha256: digest.replace('sha256:', '') } }],
      predicateType,
      predicate: { ...found, ...issue },
    }),
  );
}

/** @throws {z.ZodError | SyntaxError} where the text is no statement of a verdict. */
export function parseStatement(text: string): VerdictStatement {
  const { subject, predicate } = statementSchema.parse(JSON.parse(text));
  const { environment, commit, repository, version, workflow, run, actor, issuedAt, ...found } = predicate;
  return {
    verdict: { ...found, digest: `sha256:${subject[0]?.digest.sha256 ?? ''}` },
    issue: { environment, commit, repository, version, workflow, run, actor, issuedAt },
  };
}

/** Whether two statements say the same, of one run: an attempt that records again what an earlier one found. */
export function isSameFinding(one: VerdictStatement, other: VerdictStatement): boolean {
  return (
    one.issue.run.id === other.issue.run.id &&
    one.issue.environment === other.issue.environment &&
    one.issue.commit === other.issue.commit &&
    isDeepStrictEqual(one.verdict, other.verdict)
  );
}

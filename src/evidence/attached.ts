import { z } from 'zod';
import { packReferrer, type Descriptor, type Registry } from '../image/index.ts';
import {
  formatStatement,
  isSameFinding,
  parseStatement,
  predicateType,
  statementMediaType,
  verdictArtifact,
  type VerdictStatement,
} from './statement.ts';
import { errorMessage } from '../github/index.ts';

/** A statement as a registry has it. */
export type AttachedStatement =
  | {
      readonly kind: 'statement';
      /** The digest of its manifest: nobody can change the one and keep the other. */
      readonly manifest: string;
      /** What the manifest is about, which the statement has to confirm. */
      readonly subject: string | undefined;
      readonly statement: VerdictStatement;
    }
  | { readonly kind: 'unreadable'; readonly manifest: string; readonly why: string };

/** Which statements are looked for: the pipeline of an environment gave them, about a commit. */
export interface StatementQuery {
  readonly environment: string;
  readonly commit: string;
}

const environmentAnnotation = 'dev.sluice.environment';
const commitAnnotation = 'dev.sluice.commit';

const manifestSchema = z.object({
  subject: z.object({ digest: z.string() }).optional(),
  layers: z.array(z.object({ digest: z.string() })).length(1),
});

/** A verdict is a few hundred bytes; what is much larger is none. */
const largestStatementBytes = 1_000_000;

/**
 * Reads the statements about a digest that an environment's pipeline gave for a commit.
 *
 * An image may have served several commits of the same source, and carries the statements of each: those of others are
 * told by their annotations, which are part of the manifest, and not read.
 */
export async function readStatements(
  registry: Registry,
  digest: string,
  { environment, commit }: StatementQuery,
): Promise<readonly AttachedStatement[]> {
  const referrers = await registry.referrers(digest, verdictArtifact);
  const read: AttachedStatement[] = [];
  for (const { digest: manifest, annotations } of referrers) {
    // Not every registry lists annotations; the statement itself says the same.
    if ((annotations?.[environmentAnnotation] ?? environment) !== environment) continue;
    if ((annotations?.[commitAnnotation] ?? commit) !== commit) continue;
    const attached = await readStatement(registry, manifest);
    if (attached === undefined) continue;
    const isOfOthers =
      attached.kind === 'statement' &&
      (attached.statement.issue.environment !== environment || attached.statement.issue.commit !== commit);
    // Whoever lies in the annotations is read, and told by what it says.
    if (!isOfOthers || annotations?.[commitAnnotation] === commit) read.push(attached);
  }
  return read;
}

/** @returns `undefined` where the registry does not have the manifest */
export async function readStatement(
  registry: Registry,
  manifest: string,
): Promise<AttachedStatement | undefined> {
  if ((await registry.resolve(manifest)) === undefined) return undefined;
  const content = Buffer.from(await registry.manifest(manifest));
  try {
    const { subject, layers } = manifestSchema.parse(JSON.parse(content.toString()));
    const document = Buffer.from(await registry.blob(layers[0]?.digest ?? ''));
    if (document.length > largestStatementBytes) {
      return { kind: 'unreadable', manifest, why: `it is ${document.length} bytes long` };
    }
    return {
      kind: 'statement',
      manifest,
      subject: subject?.digest,
      statement: parseStatement(document.toString()),
    };
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return { kind: 'unreadable', manifest, why: firstProblem(error) };
    }
    throw error;
  }
}

/**
 * Attaches a statement to its image, where the same run has not said the same before.
 *
 * @returns the digest of the statement's manifest
 */
export async function attachStatement(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  statement: VerdictStatement,
): Promise<{ readonly manifest: string; readonly isNew: boolean }> {
  const { environment, commit, issuedAt } = statement.issue;
  const present = await readStatements(registry, subject.digest, { environment, commit });
  const same = present.find((each) => each.kind === 'statement' && isSameFinding(each.statement, statement));
  if (same !== undefined) return { manifest: same.manifest, isNew: false };
  const content = packReferrer({
    subject,
    artifactType: verdictArtifact,
    documentType: statementMediaType,
    document: formatStatement(repository, statement),
    annotations: {
      'in-toto.io/predicate-type': predicateType,
      'org.opencontainers.image.created': issuedAt,
      [environmentAnnotation]: environment,
      [commitAnnotation]: commit,
      'dev.sluice.kind': statement.verdict.kind,
    },
  });
  await registry.push(content);
  return { manifest: content.digest, isNew: true };
}

function firstProblem(error: z.ZodError | SyntaxError): string {
  if (error instanceof SyntaxError) return errorMessage(error);
  const [issue] = error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`;
}

import {
  anchorContext,
  readAnchor,
  readCommitStatuses,
  readStatement,
  readStatements,
  readWorkflowRun,
  type VerdictKind,
  type WorkflowRun,
} from '../evidence/index.ts';
import type { GitHubConnection } from '../github/index.ts';
import type { Registry } from '../image/index.ts';
import { runOf, type AttachedEvidence, type VerdictFacts } from './verdicts.ts';

/** Where verdicts are read. */
export interface VerdictSources {
  readonly connection: GitHubConnection;
  /** Left out, GitHub's records are all that is read. */
  readonly image: { readonly registry: Registry; readonly digest: string } | undefined;
}

/**
 * Reads what is known of verdicts: the records at GitHub, the runs that these name, and the statements in the registry.
 *
 * @throws what GitHub's and the registry's clients throw: no answer is no evidence, for or against
 */
export async function readVerdictFacts(
  { connection, image }: VerdictSources,
  query: {
    readonly kinds: readonly VerdictKind[];
    readonly from: string;
    readonly commit: string;
    /** `owner/repository` */
    readonly repository: string;
  },
): Promise<ReadonlyMap<VerdictKind, VerdictFacts>> {
  const { kinds, from, commit, repository } = query;
  const facts = new Map<VerdictKind, VerdictFacts>();
  if (kinds.length === 0) return facts;
  const statuses = await readCommitStatuses(connection, commit, `sluice/${from}/`);
  const statements =
    image === undefined
      ? []
      : await readStatements(image.registry, image.digest, { environment: from, commit });
  // Nearly always all verdicts are of one run.
  const known = new Map<number, WorkflowRun | undefined>();
  for (const kind of kinds) {
    const status = statuses.get(anchorContext(from, kind));
    const id = status === undefined ? undefined : runOf(status.targetUrl, repository);
    if (id !== undefined && !known.has(id)) known.set(id, await readWorkflowRun(connection, id));
    facts.set(kind, {
      status,
      run: id === undefined ? undefined : known.get(id),
      attached: await attached(status?.description),
    });
  }
  return facts;

  async function attached(description = ''): Promise<AttachedEvidence> {
    if (image === undefined) return { kind: 'not-looked-at' };
    const manifest = readAnchor(description)?.statement;
    const anchored =
      manifest === undefined
        ? undefined
        : (statements.find((each) => each.manifest === manifest) ??
          (await readStatement(image.registry, manifest)));
    return { kind: 'looked-at', statements, anchored };
  }
}

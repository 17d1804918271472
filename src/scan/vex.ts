import { z } from 'zod';
import type { Finding } from './finding.ts';
import { isInScope } from './purl.ts';
import { listOf, readJson, time } from './tools/json.ts';

/** Labels of https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md#status-justifications */
const justifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;

const product = z.object({
  '@id': z.string(),
  subcomponents: listOf(z.object({ '@id': z.string() })),
});

const statement = z
  .object({
    vulnerability: z.object({ name: z.string(), aliases: listOf(z.string()) }),
    products: z.array(product).min(1),
    status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
    justification: z.enum(justifications).optional(),
    status_notes: z.string().min(1).optional(),
    timestamp: time.optional(),
  })
  .refine(({ status, justification }) => status !== 'not_affected' || justification !== undefined, {
    error: 'a not_affected without a justification',
    path: ['justification'],
  })
  .refine(({ status, status_notes: notes }) => status !== 'fixed' || notes !== undefined, {
    error: 'a fixed without status_notes that say how',
    path: ['status_notes'],
  });

const document = z.object({
  '@context': z.string().startsWith('https://openvex.dev/ns'),
  author: z.string().min(1),
  timestamp: time,
  statements: z.array(statement),
});

/** Time zones apart, and clocks. */
const dayMs = 86_400_000;

/** What somebody answers for about a vulnerability in a package. */
export interface VexStatement {
  readonly names: readonly string[];
  /** Package URLs, each of one version or of all. */
  readonly packages: readonly string[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  /** The label, or how it was fixed. */
  readonly justification: string;
  readonly author: string;
  readonly at: Date;
}

/**
 * Reads an OpenVEX document (https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md), its oldest statement first.
 *
 * @param now a statement of a later time is refused: the latest holds, and it would hold against all that follow
 * @throws Error that says what is wrong with it
 */
export function parseVex(text: string, now: Date): readonly VexStatement[] {
  const { author, timestamp, statements } = readJson(text, document);
  const read = statements
    .map(({ vulnerability, products, status, justification, status_notes: notes, timestamp: own }) => ({
      names: [vulnerability.name, ...vulnerability.aliases],
      packages: products.flatMap(({ '@id': id, subcomponents }) =>
        subcomponents.length === 0 ? [id] : subcomponents.map((part) => part['@id']),
      ),
      status,
      justification: justification ?? notes ?? '',
      author,
      at: own ?? timestamp,
    }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  const last = read.at(-1);
  if (last !== undefined && last.at.getTime() > now.getTime() + dayMs) {
    throw new Error(
      `a statement about ${last.names[0] ?? ''} is of ${last.at.toISOString()}, which is to come`,
    );
  }
  return read;
}

/** The statement that holds for a finding: the latest, where it says that there is nothing to fear. */
export function exoneration(finding: Finding, statements: readonly VexStatement[]): VexStatement | undefined {
  if (finding.kind === 'secret') return undefined;
  const last = statements.findLast(
    ({ names, packages }) =>
      names.some((name) => finding.ids.includes(name)) &&
      packages.some((scope) => isInScope(finding.purl, scope)),
  );
  return last?.status === 'not_affected' || last?.status === 'fixed' ? last : undefined;
}

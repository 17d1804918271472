import { z } from 'zod';

/** The checks of an environment that give a verdict about a digest; `promote.require` names them. */
export const verdictKinds = ['scan', 'uat', 'performance'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** `inconclusive`: the check itself could not tell (too few samples, the client saturated). Only `passed` promotes. */
export const outcomes = ['passed', 'failed', 'inconclusive'] as const;
export type Outcome = (typeof outcomes)[number];

/** What a check says; a statement about it holds the same members. */
export const verdictSchema = z.strictObject({
  kind: z.enum(verdictKinds),
  outcome: z.enum(outcomes),
  /** What was looked at: the image manifest's digest, `sha256:…`. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** One line, for people: “no findings at or above high; 2 waived”. */
  summary: z.string().min(1).max(300),
  /** What the outcome rests on, in names and numbers: tools and their versions, thresholds, counts. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});

/**
 * What one check found about one digest. A check gives it as an output and has no right to write anything;
 * `record-verdict` attaches it to the digest, with the run that vouches for it.
 */
export type Verdict = z.infer<typeof verdictSchema>;

/** One line of JSON, as the output of an action carries it. */
export function formatVerdict(verdict: Verdict): string {
  return JSON.stringify(verdictSchema.parse(verdict));
}

/** @throws {z.ZodError | SyntaxError} where the text is no verdict. */
export function parseVerdict(text: string): Verdict {
  return verdictSchema.parse(JSON.parse(text));
}

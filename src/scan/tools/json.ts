import { z } from 'zod';

/**
 * Reads what a scanner printed. The schemas name only what is used, and let everything else be: a scanner adds keys
 * with every release.
 *
 * @throws Error with the first thing that is not as expected; never with the text itself, which may hold a secret.
 */
export function readJson<T extends z.ZodType>(text: string, schema: T): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `${issue?.path.join('.') || 'the document'} is not as this scanner writes it (${issue?.code ?? 'unknown'})`,
  );
}

/** `null` is how Go writes an empty list. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

/** The name of an advisory: `CVE-2024-1`, `RHSA-2024:0001`. One without a name can be neither waived nor told apart. */
export const advisoryId = z.string().regex(/^[!-~]{1,200}$/);

/** A time of RFC 3339 as Go writes it, with nanoseconds. */
export const time = z.string().transform((text, context) => {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  context.addIssue({ code: 'custom', message: 'a time' });
  return z.NEVER;
});

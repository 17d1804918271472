import { z } from 'zod';

/**
 * The kinds of values that sluice.yml is made of. Each has one sentence for what was expected, which ends up in the
 * message of a mistake; the patterns end up in the JSON Schema too.
 */

/** Text of a certain form. `title` names the form in docs/configuration.md. */
export const form = (title: string, pattern: RegExp, expected: string) =>
  z.string({ error: expected }).regex(pattern, { error: expected }).meta({ title });

export const anyText = z.string({ error: 'text' }).min(1, { error: 'text that is not empty' });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: values.length === 1 ? values[0] : `one of ${values.join(', ')}` });

/** A whole number within limits. */
export const count = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

export const boolean = z.boolean({ error: 'true or false' });

/** Dollars a month. */
export const dollars = z
  .number({ error: 'an amount in US dollars' })
  .min(0, { error: 'an amount of 0 dollars or more' })
  .meta({ title: 'US dollars' });

/** A path inside the repository: relative, and never out of it. */
export const repositoryPath = form(
  'path in the repository',
  /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\\:\0]+$/,
  'a path inside the repository, without .. and not from /',
);

/** Goes into the container's health command, so no character that a shell would read as its own. */
export const httpPath = form(
  'path',
  /^\/[A-Za-z0-9\-._~%!*+,;=:@/?&]*$/,
  'a path that begins with / and has no spaces, quotes or $',
);

export const variableName = form(
  'name of a variable',
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'a name of letters, digits and _, not beginning with a digit',
);

export const lowerCaseName = form(
  'name',
  /^[a-z][a-z0-9-]{0,62}$/,
  'a name in lower case: letters, digits and -, beginning with a letter',
);

/** `{ var: NAME, default: value }`: what differs by account. */
export const reference = z
  .strictObject({
    var: variableName.describe(
      'The GitHub variable that has the value, of the environment or the repository.',
    ),
    default: z
      .union([z.string(), z.int()], { error: 'text or a whole number' })
      .transform(String)
      .optional()
      .describe('What it is where the variable is not set.'),
  })
  .meta({
    title: '{ var: NAME }',
    description: 'A value that differs by account: it comes from a GitHub variable.',
  });

export type Reference = z.output<typeof reference>;

/** A reference whose default is held to what the key needs. */
export const referenceTo = (kind: z.ZodType, expected: string) =>
  reference.refine((value) => value.default === undefined || kind.safeParse(value.default).success, {
    error: expected,
    path: ['default'],
  });

/** Text of a kind, or the GitHub variable that has it. */
const orReference = <T extends z.ZodType>(kind: T, expected: string) =>
  z.union([kind, referenceTo(kind, expected)], { error: `${expected}, or { var: NAME }` });

const arn = (service: string): string => `arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:`;

const origin = 'http:// or https:// with a host, and no path, query or credentials';
const role = 'the ARN of an IAM role';
const roleOrName = 'an IAM role, by ARN or name';
const ecsName = 'a name of letters, digits, - and _';
const portText = 'a port from 0 to 65535';

/**
 * What is known of values that may come from a GitHub variable. They are held to it when the file is read where they
 * stand in it, and when the variable is known otherwise.
 */
export const kinds = {
  text: anyText,
  url: form('URL', /^https?:\/\/[^/?#@\s]+\/?$/, origin).refine((url) => URL.canParse(url), {
    error: origin,
  }),
  role: form('role ARN', new RegExp(`^${arn('iam')}role/[\\w+=,.@/-]+$`), role),
  roleOrName: form('role', new RegExp(`^(?:${arn('iam')}role/)?[\\w+=,.@/-]+$`), roleOrName),
  ecsName: form('name', new RegExp(`^(?:${arn('ecs')}[\\w/-]+|[\\w-]{1,255})$`), ecsName),
  port: form('port', /^\d{1,5}$/, portText).refine((digits) => Number(digits) <= 65_535, { error: portText }),
} as const;

export const text = orReference(kinds.text, 'text');
export const url = orReference(kinds.url, origin);
export const roleArn = orReference(kinds.role, role);
export const roleArnOrName = orReference(kinds.roleOrName, roleOrName);
export const nameOnEcs = orReference(kinds.ecsName, ecsName);
export const port = z.union([count(0, 65_535), referenceTo(kinds.port, portText)], {
  error: `${portText}, or { var: NAME }`,
});

import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { inputs } from '../github/index.ts';
import { parsePath } from './json-path.ts';
import type { ReadFile, ScenarioProblem } from './load.ts';
import type { Expectation, Matcher, ScenarioFile, Step, StepRequest } from './scenario.ts';

const milliseconds = z.string().transform((text, context) => {
  const value = inputs.duration.parse(text);
  if (value === undefined)
    context.addIssue({ code: 'custom', message: `expected ${inputs.duration.expected}` });
  return value ?? 0;
});

const regularExpression = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'su');
  } catch (error) {
    context.addIssue({ code: 'custom', message: `not a regular expression: ${(error as Error).message}` });
    return /$^/;
  }
});

const conditions = z.strictObject({
  equals: z.unknown().optional(),
  not: z.unknown().optional(),
  contains: z.union([z.string(), z.number(), z.boolean()]).optional(),
  matches: regularExpression.optional(),
  oneOf: z.array(z.unknown()).min(1).optional(),
  type: z.enum(['string', 'number', 'boolean', 'object', 'array', 'null']).optional(),
  exists: z.boolean().optional(),
  atLeast: z.number().optional(),
  atMost: z.number().optional(),
  minLength: z.int().nonnegative().optional(),
  maxLength: z.int().nonnegative().optional(),
});
const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A plain value means `equals`. Told apart before zod looks, so that a wrong condition is named, not "no union". */
const matcher = z.unknown().transform((value, context): Matcher => {
  const isCondition = typeof value === 'object' && value !== null;
  if (isCondition && Object.keys(value).length === 0) {
    context.addIssue({ code: 'custom', message: 'expected at least one condition' });
  }
  const parsed = isCondition ? conditions.safeParse(value) : plain.safeParse(value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues.flatMap(innermost)) {
      context.issues.push({ code: 'custom', path: [...issue.path], message: issue.message, input: value });
    }
    return {};
  }
  return (isCondition ? parsed.data : { equals: parsed.data }) as Matcher;
});

/** Conditions by path in a JSON document. */
export const jsonMatchers = z
  .record(
    z
      .string()
      .refine((path) => parsePath(path) !== undefined, 'expected a path such as answer or sources[0].url'),
    matcher,
  )
  .default({});

const headerNames = z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), z.string());

const requestLine = z
  .string()
  .regex(/^([A-Z]+) (\/\S*)$/, 'expected a method and a path, such as GET /health')
  .transform((line) => {
    const [method = '', path = ''] = line.split(' ');
    return { method, path };
  });

const requestObject = z
  .strictObject({
    method: z
      .string()
      .regex(/^[A-Z]+$/, 'expected a method in capitals')
      .default('GET'),
    path: z.string().regex(/^\/\S*$/, 'expected a path that begins with a slash'),
    headers: headerNames.optional(),
    json: z.unknown().optional(),
    text: z.string().optional(),
    timeout: milliseconds.optional(),
  })
  .refine(({ json, text }) => json === undefined || text === undefined, 'expected json or text, not both');

/** A request: `GET /path`, or an object with its parts. */
export const requestSchema = z.union([requestLine, requestObject]);

const step = z.strictObject({
  name: z.string().min(1).optional(),
  request: requestSchema,
  expect: z
    .strictObject({
      status: z.union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)]).optional(),
      headers: z.record(z.string(), matcher).default({}),
      text: matcher.optional(),
      json: jsonMatchers,
      events: z
        .array(z.strictObject({ event: z.string().min(1), text: matcher.optional(), json: jsonMatchers }))
        .default([]),
      within: milliseconds.optional(),
    })
    .prefault({}),
  capture: z
    .record(
      z.string().regex(/^[\w-]+$/),
      z.string().refine((path) => parsePath(path) !== undefined, 'expected a path such as conversationId'),
    )
    .default({}),
  retry: z.strictObject({ attempts: z.int().min(2).max(100), every: milliseconds }).optional(),
});

const document = z.strictObject({
  title: z.string().min(1).optional(),
  defaults: z
    .strictObject({ headers: headerNames.default({}), timeout: milliseconds.optional() })
    .prefault({}),
  scenarios: z
    .array(z.strictObject({ name: z.string().min(1), steps: z.array(step).min(1) }))
    .min(1, 'expected at least one scenario'),
});

const defaultTimeoutMs = 10_000;
const sizeLimit = 1_000_000;

/** Reads a scenario file. All mistakes are reported at once, each with its place. */
export function readScenarios(text: string, file: string): ReadFile<ScenarioFile> {
  const problem = (message: string, line = 1, column = 1): ScenarioProblem => ({
    file,
    line,
    column,
    message,
  });
  if (text.length > sizeLimit) return { ok: false, problems: [problem('the file is larger than 1 MB')] };
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
  });
  if (yaml.errors.length > 0) {
    return {
      ok: false,
      problems: yaml.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return problem(error.message, line, col);
      }),
    };
  }
  let content: unknown;
  try {
    content = yaml.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { ok: false, problems: [problem((error as Error).message)] };
  }
  const place = (path: readonly PropertyKey[]) => placeOf(yaml, lines, path);
  const parsed = document.safeParse(content);
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.flatMap(innermost).map(({ path, message }) => {
        const { line, column } = place(path);
        return problem(
          path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
          line,
          column,
        );
      }),
    };
  }
  const { defaults, scenarios, title } = parsed.data;
  const base = { headers: defaults.headers, timeoutMs: defaults.timeout ?? defaultTimeoutMs };
  return {
    ok: true,
    file: {
      file,
      title: title ?? file,
      scenarios: scenarios.map(({ name, steps }, index) => ({
        name,
        file,
        line: place(['scenarios', index]).line,
        steps: steps.map((raw, position) =>
          toStep(raw, place(['scenarios', index, 'steps', position]).line, base),
        ),
      })),
    },
  };
}

function toStep(
  raw: z.output<typeof step>,
  line: number,
  base: Pick<StepRequest, 'headers' | 'timeoutMs'>,
): Step {
  const { expect, capture, retry } = raw;
  const expectation: Expectation = {
    status: expect.status === undefined ? [] : [expect.status].flat(),
    headers: expect.headers,
    text: expect.text,
    json: expect.json,
    events: expect.events.map(({ event, text, json }) => ({ event, text, json })),
    withinMs: expect.within,
  };
  return {
    name: raw.name ?? `${raw.request.method} ${raw.request.path}`,
    line,
    request: toRequest(raw.request, base),
    expect: expectation,
    capture,
    attempts: retry?.attempts ?? 1,
    everyMs: retry?.every ?? 0,
  };
}

/** What was read of a request, with what holds for all of a file. */
export function toRequest(
  request: z.output<typeof requestObject>,
  base: Pick<StepRequest, 'headers' | 'timeoutMs'>,
): StepRequest {
  return {
    method: request.method,
    path: request.path,
    headers: { ...base.headers, ...request.headers },
    body:
      request.json !== undefined
        ? { kind: 'json', value: request.json }
        : request.text !== undefined
          ? { kind: 'text', value: request.text }
          : undefined,
    timeoutMs: request.timeout ?? base.timeoutMs,
  };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of a union's issues, those of the form that came nearest: the one whose mistake lies deepest. */
export function innermost(issue: z.core.$ZodIssue): readonly Issue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'this key is not known here' }));
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: issue.path, message }));
  if (issue.code !== 'invalid_union') return [issue];
  const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map(({ path }) => path.length));
  const [best] = [...issue.errors].sort((a, b) => depth(b) - depth(a));
  if (best === undefined) return [issue];
  return best.flatMap(innermost).map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}

/** Where a key is, or where the nearest thing above it is that is there. */
function placeOf(
  yaml: Document.Parsed,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { readonly line: number; readonly column: number } {
  const keys = path.filter((key) => typeof key !== 'symbol');
  for (let length = keys.length; length > 0; length--) {
    const parent = length === 1 ? yaml.contents : yaml.getIn(keys.slice(0, length - 1), true);
    const key = keys[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === String(key)) : undefined;
    const node = (pair?.key ?? yaml.getIn(keys.slice(0, length), true)) as
      { range?: readonly number[] } | null | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) {
      const { line, col } = lines.linePos(start);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

import { isDeepStrictEqual } from 'node:util';
import { parseEvents, type ServerEvent } from './events.ts';
import { valueAt } from './json-path.ts';
import type { EventExpectation, Expectation, Matcher } from './scenario.ts';
import { type Bindings, fillJson } from './template.ts';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly milliseconds: number;
}

/** What of an expectation an answer does not meet, each in a sentence; empty where it meets all. */
export function check(expected: Expectation, answer: Answer, bindings: Bindings): readonly string[] {
  return [
    ...checkStatus(expected.status, answer.status),
    ...(expected.withinMs !== undefined && answer.milliseconds > expected.withinMs
      ? [`it took ${Math.round(answer.milliseconds)} ms, expected at most ${expected.withinMs} ms`]
      : []),
    ...Object.entries(expected.headers).flatMap(([name, matcher]) =>
      checkValue(`header ${name}`, answer.headers.get(name) ?? undefined, matcher, bindings),
    ),
    ...(expected.text === undefined ? [] : checkValue('the body', answer.text, expected.text, bindings)),
    ...checkJson('the body', answer.text, expected.json, bindings),
    ...checkEvents(expected.events, answer.text, bindings),
  ];
}

function checkStatus(expected: readonly number[], status: number): readonly string[] {
  const holds = expected.length === 0 ? status >= 200 && status <= 299 : expected.includes(status);
  return holds ? [] : [`status ${status}, expected ${expected.length === 0 ? '2xx' : expected.join(' or ')}`];
}

function checkJson(
  what: string,
  text: string,
  expected: Readonly<Record<string, Matcher>>,
  bindings: Bindings,
): readonly string[] {
  const paths = Object.entries(expected);
  if (paths.length === 0) return [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [`${what} is not JSON: ${show(text)}`];
  }
  return paths.flatMap(([path, matcher]) => {
    const found = valueAt(document, path);
    return checkValue(path === '' ? what : path, found.found ? found.value : undefined, matcher, bindings);
  });
}

function checkEvents(
  expected: readonly EventExpectation[],
  text: string,
  bindings: Bindings,
): readonly string[] {
  if (expected.length === 0) return [];
  let rest: readonly ServerEvent[] = parseEvents(text);
  for (const [index, { event, text: data, json }] of expected.entries()) {
    const judged = rest.map((candidate) =>
      candidate.event !== event
        ? undefined
        : [
            ...(data === undefined
              ? []
              : checkValue(`the data of "${event}"`, candidate.data, data, bindings)),
            ...checkJson(`the data of "${event}"`, candidate.data, json, bindings),
          ],
    );
    const at = judged.findIndex((failures) => failures?.length === 0);
    if (at < 0) {
      const nearest = judged.find((failures) => failures !== undefined);
      const came = rest.map((candidate) => candidate.event).join(', ');
      return (
        nearest ?? [
          `event ${index + 1}, "${event}", did not come; there came ${came === '' ? 'nothing' : came}`,
        ]
      );
    }
    rest = rest.slice(at + 1);
  }
  return [];
}

/** What of a matcher a value does not meet; an absent value is `undefined`. */
export function checkValue(
  what: string,
  value: unknown,
  matcher: Matcher,
  bindings: Bindings = {},
): readonly string[] {
  const fails = (expected: string): string[] => [
    `${what} is ${value === undefined ? 'absent' : show(value)}, expected ${expected}`,
  ];
  const filled = (wanted: unknown): unknown => fillJson(wanted, bindings);
  if (matcher.exists === false) return value === undefined ? [] : fails('nothing there');
  if (value === undefined) return fails(matcher.exists === true ? 'anything' : describe(matcher));

  const failures: string[] = [];
  const expect = (holds: boolean, expected: string): void => {
    if (!holds) failures.push(...fails(expected));
  };
  if ('equals' in matcher) {
    const wanted = filled(matcher.equals);
    expect(isDeepStrictEqual(value, wanted), show(wanted));
  }
  if ('not' in matcher) {
    const unwanted = filled(matcher.not);
    expect(!isDeepStrictEqual(value, unwanted), `anything but ${show(unwanted)}`);
  }
  if (matcher.oneOf !== undefined) {
    const wanted = matcher.oneOf.map(filled);
    expect(
      wanted.some((one) => isDeepStrictEqual(value, one)),
      `one of ${wanted.map(show).join(', ')}`,
    );
  }
  if (matcher.contains !== undefined) {
    const wanted = filled(matcher.contains);
    const holds =
      typeof value === 'string'
        ? value.includes(String(wanted))
        : Array.isArray(value) && value.includes(wanted);
    expect(holds, `something that contains ${show(wanted)}`);
  }
  if (matcher.matches !== undefined) {
    expect(
      typeof value === 'string' && matcher.matches.test(value),
      `something that matches ${String(matcher.matches)}`,
    );
  }
  if (matcher.type !== undefined) expect(typeOf(value) === matcher.type, `a value of type ${matcher.type}`);
  if (matcher.atLeast !== undefined) {
    expect(typeof value === 'number' && value >= matcher.atLeast, `a number of at least ${matcher.atLeast}`);
  }
  if (matcher.atMost !== undefined) {
    expect(typeof value === 'number' && value <= matcher.atMost, `a number of at most ${matcher.atMost}`);
  }
  const length = typeof value === 'string' || Array.isArray(value) ? value.length : undefined;
  if (matcher.minLength !== undefined) {
    expect(length !== undefined && length >= matcher.minLength, `a length of at least ${matcher.minLength}`);
  }
  if (matcher.maxLength !== undefined) {
    expect(length !== undefined && length <= matcher.maxLength, `a length of at most ${matcher.maxLength}`);
  }
  return failures;
}

function describe(matcher: Matcher): string {
  const parts = Object.entries(matcher).map(([name, wanted]) =>
    name === 'equals' ? show(wanted) : `${name} ${wanted instanceof RegExp ? String(wanted) : show(wanted)}`,
  );
  return parts.join(' and ');
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 197)}…`;
}

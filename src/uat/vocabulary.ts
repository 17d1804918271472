import { z } from 'zod';
import { jsonMatchers, requestSchema, toRequest } from '../scenarios/index.ts';
import type { Act, Expected } from './scenario.ts';

/**
 * The sentences that a scenario may be written in. A sentence is a key in the users' words, with what it is about as
 * its value (`she asks: What is 3MTT?`), or words alone (`she says that it helped`).
 */
export interface Phrase<Meaning> {
  /** Without who does it, in the third person: `asks`. */
  readonly words: string;
  /** What the value is; `undefined` where the words say all. */
  readonly value: z.ZodType | undefined;
  /** @param value what {@link value} made of it */
  readonly meaning: (value: unknown) => Meaning;
  /** What has to have happened before, for the sentence to make sense. */
  readonly after?: Happening;
}

/** What acts bring about, and expectations look at. */
export const happenings = ['answer', 'feedback', 'history', 'response', 'page'] as const;
export type Happening = (typeof happenings)[number];

function phrase<Meaning, Value>(
  words: string,
  value: z.ZodType<Value>,
  meaning: (value: Value) => Meaning,
  after?: Happening,
): Phrase<Meaning> {
  return {
    words,
    value,
    meaning: (given) => meaning(given as Value),
    ...(after === undefined ? {} : { after }),
  };
}

function bare<Meaning>(words: string, meaning: Meaning, after?: Happening): Phrase<Meaning> {
  return { words, value: undefined, meaning: () => meaning, ...(after === undefined ? {} : { after }) };
}

const textError = 'a text';
/** Numbers are texts too: `the answer mentions: 2023`. */
const text = z
  .union([z.string(), z.number()], { error: textError })
  .transform(String)
  .refine((value) => value.trim() !== '', { error: 'a text that is not empty' });
const texts = z
  .union([text, z.array(text).min(1)], { error: 'a text, or a list of texts' })
  .transform((value) => [value].flat());

const durationError = 'a time such as 2 seconds, 500 ms or 1 minute';
const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1000,
  second: 1000,
  m: 60_000,
  minute: 60_000,
};
const duration = z.string({ error: durationError }).transform((written, context) => {
  const [, amount, unit] =
    /^(\d{1,6}(?:\.\d{1,3})?) ?(ms|s|m|(?:millisecond|second|minute)s?)$/.exec(written) ?? [];
  const factor = unitMs[unit ?? ''] ?? unitMs[(unit ?? '').replace(/s$/, '')];
  if (amount === undefined || factor === undefined) {
    context.addIssue({ code: 'custom', message: durationError });
    return z.NEVER;
  }
  return Number(amount) * factor;
});

/** `80 words`, `360 pixels`: a number, with or without what it counts. */
const quantity = (unit: string, least: number, most: number) => {
  const error = `a number of ${unit} from ${least} to ${most}, such as ${Math.max(least, 100)} ${unit}`;
  return z
    .union([z.number(), z.string()], { error })
    .transform((written) => Number(new RegExp(`^(\\d{1,6})(?: ${unit})?$`).exec(String(written))?.[1]))
    .refine((value) => value >= least && value <= most, { error });
};

const pagePath = z
  .string({ error: 'a path that begins with /' })
  .regex(/^\/\S*$/, { error: 'a path that begins with /' });
const status = z
  .int({ error: 'a status from 100 to 599' })
  .min(100, { error: 'a status from 100 to 599' })
  .max(599, { error: 'a status from 100 to 599' });

const requestTimeoutMs = 10_000;

export const acts: readonly Phrase<Act>[] = [
  phrase('asks', text, (question): Act => ({ kind: 'ask', question })),
  bare('starts a new conversation', { kind: 'start-again' }),
  bare('says that it helped', { kind: 'give-feedback', helpful: true }, 'answer'),
  bare('says that it did not help', { kind: 'give-feedback', helpful: false }, 'answer'),
  bare('reads her conversation again', { kind: 'read-history' }, 'answer'),
  bare('another visitor opens her conversation', { kind: 'pry' }, 'answer'),
  phrase('requests', requestSchema, (request): Act => ({
    kind: 'request',
    request: toRequest(request, { headers: {}, timeoutMs: requestTimeoutMs }),
  })),
  phrase('opens the page', pagePath, (path): Act => ({ kind: 'open-page', path })),
  phrase('asks on the page', text, (question): Act => ({ kind: 'ask-on-page', question }), 'page'),
];

export const expectations: readonly Phrase<Expected>[] = [
  phrase('the answer mentions', texts, (wanted): Expected => ({ kind: 'mentions', texts: wanted }), 'answer'),
  phrase(
    'the answer mentions one of',
    texts,
    (wanted): Expected => ({ kind: 'mentions-one-of', texts: wanted }),
    'answer',
  ),
  phrase(
    'the answer does not mention',
    texts,
    (unwanted): Expected => ({ kind: 'does-not-mention', texts: unwanted }),
    'answer',
  ),
  phrase('the answer cites', texts, (wanted): Expected => ({ kind: 'cites', texts: wanted }), 'answer'),
  bare('the answer cites no source', { kind: 'cites-nothing' }, 'answer'),
  phrase(
    'the answer comes within',
    duration,
    (limitMs): Expected => ({ kind: 'comes-within', limitMs }),
    'answer',
  ),
  phrase(
    'the answer is no longer than',
    quantity('words', 1, 10_000),
    (words): Expected => ({ kind: 'at-most-words', words }),
    'answer',
  ),
  bare('it knows the answer', { kind: 'knows', known: true }, 'answer'),
  bare('it says that it does not know', { kind: 'knows', known: false }, 'answer'),
  bare('it offers a contact', { kind: 'offers-contact', text: undefined }, 'answer'),
  phrase(
    'it offers the contact',
    text,
    (contact): Expected => ({ kind: 'offers-contact', text: contact }),
    'answer',
  ),
  bare('her feedback is kept', { kind: 'feedback-kept' }, 'feedback'),
  phrase(
    'the conversation shows',
    texts,
    (wanted): Expected => ({ kind: 'history-shows', texts: wanted }),
    'history',
  ),
  bare('it is refused', { kind: 'refused' }, 'response'),
  phrase('the status is', status, (wanted): Expected => ({ kind: 'status', status: wanted }), 'response'),
  phrase(
    'the response mentions',
    texts,
    (wanted): Expected => ({ kind: 'response-mentions', texts: wanted }),
    'response',
  ),
  phrase('the response has', jsonMatchers, (json): Expected => ({ kind: 'response-has', json }), 'response'),
  phrase('the title is', text, (title): Expected => ({ kind: 'title', title }), 'page'),
  phrase('the page shows', texts, (wanted): Expected => ({ kind: 'page-shows', texts: wanted }), 'page'),
  phrase(
    'the page does not show',
    texts,
    (unwanted): Expected => ({ kind: 'page-does-not-show', texts: unwanted }),
    'page',
  ),
  bare('there are no errors on the page', { kind: 'page-without-errors' }, 'page'),
  phrase(
    'the page fits a screen of',
    quantity('pixels', 200, 4000),
    (widthPx): Expected => ({ kind: 'page-fits', widthPx }),
    'page',
  ),
];

/** What an act brings about, for what is written after it. */
export function happeningsOf(act: Act): readonly Happening[] {
  switch (act.kind) {
    case 'ask':
      return ['answer', 'response'];
    case 'give-feedback':
      return ['feedback', 'response'];
    case 'read-history':
      return ['history', 'response'];
    case 'pry':
    case 'request':
      return ['response'];
    case 'open-page':
    case 'ask-on-page':
      return ['page'];
    case 'start-again':
      return [];
  }
}

/** Who may do what is done. */
const subject = /^(?:she|he|they|the visitor|the user) /;

/**
 * A key as the vocabulary has it: without who does it, in the third person, about her. Scenarios may be about him,
 * them, or the visitor as well.
 */
export function canonical(words: string): string {
  const flat = words.trim().replace(/\s+/g, ' ').toLowerCase();
  const who = subject.exec(flat)?.[0] ?? '';
  const rest = flat.slice(who.length).replace(/\b(?:his|their|the visitor’s|the visitor's)\b/g, 'her');
  return who === 'they ' ? rest.replace(/^[a-z]+/, (verb) => `${verb}s`) : rest;
}

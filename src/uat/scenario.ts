import type { Matcher, StepRequest } from '../scenarios/index.ts';

/** Acceptance scenarios as they are after reading: what a visitor does, and what has to become of it. */
export interface UatFile {
  /** As it was given, for messages. */
  readonly file: string;
  readonly title: string;
  readonly scenarios: readonly UatScenario[];
}

export interface UatScenario {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly visitor: Visitor;
  /** In their order; each builds on those before it. */
  readonly exchanges: readonly Exchange[];
}

/** Who comes. Every scenario begins with a visitor whom the service has not seen. */
export interface Visitor {
  /** The sentences of the file. */
  readonly words: readonly string[];
  /** A small touch screen, on pages. */
  readonly phone: boolean;
  /** A language tag, told to the service as `Accept-Language`. */
  readonly language: string | undefined;
}

/** What she does, and what has to hold after it. */
export interface Exchange {
  readonly when: readonly Sentence<Act>[];
  readonly then: readonly Sentence<Expected>[];
}

/** A sentence of the file and what it means. */
export interface Sentence<Meaning> {
  /** As it is written: `the answer cites: 3MTT Handbook`. */
  readonly words: string;
  readonly line: number;
  readonly meaning: Meaning;
}

export type Act =
  | { readonly kind: 'ask'; readonly question: string }
  | { readonly kind: 'start-again' }
  | { readonly kind: 'give-feedback'; readonly helpful: boolean }
  | { readonly kind: 'read-history' }
  /** Somebody else, with the address of her conversation. */
  | { readonly kind: 'pry' }
  | { readonly kind: 'request'; readonly request: StepRequest }
  | { readonly kind: 'open-page'; readonly path: string }
  | { readonly kind: 'ask-on-page'; readonly question: string };

export type Expected =
  | { readonly kind: 'mentions'; readonly texts: readonly string[] }
  | { readonly kind: 'mentions-one-of'; readonly texts: readonly string[] }
  | { readonly kind: 'does-not-mention'; readonly texts: readonly string[] }
  | { readonly kind: 'cites'; readonly texts: readonly string[] }
  | { readonly kind: 'cites-nothing' }
  | { readonly kind: 'comes-within'; readonly limitMs: number }
  | { readonly kind: 'at-most-words'; readonly words: number }
  | { readonly kind: 'knows'; readonly known: boolean }
  /** `undefined`: any contact. */
  | { readonly kind: 'offers-contact'; readonly text: string | undefined }
  | { readonly kind: 'feedback-kept' }
  | { readonly kind: 'history-shows'; readonly texts: readonly string[] }
  | { readonly kind: 'refused' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'response-mentions'; readonly texts: readonly string[] }
  | { readonly kind: 'response-has'; readonly json: Readonly<Record<string, Matcher>> }
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'page-shows'; readonly texts: readonly string[] }
  | { readonly kind: 'page-does-not-show'; readonly texts: readonly string[] }
  | { readonly kind: 'page-without-errors' }
  | { readonly kind: 'page-fits'; readonly widthPx: number };

/** Whether a scenario wants a browser. */
export function opensPages({ exchanges }: UatScenario): boolean {
  return exchanges.some(({ when }) =>
    when.some(({ meaning: { kind } }) => kind === 'open-page' || kind === 'ask-on-page'),
  );
}

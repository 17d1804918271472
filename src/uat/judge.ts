import { check, type Answer } from '../scenarios/index.ts';
import type { ChatAnswer, Citation } from './answer.ts';
import type { Expected } from './scenario.ts';

/** What there is to look at after what she did. */
export interface Observed {
  /** The last answer; a text where there was none, and why. */
  readonly answer: ChatAnswer | string | undefined;
  /** `undefined` where no feedback was given. */
  readonly feedbackKept: boolean | undefined;
  /** The texts of the conversation, as the service tells it again. */
  readonly history: readonly string[] | undefined;
  readonly response: Answer | undefined;
  /** A text where it could not be looked at, and why. */
  readonly page: PageView | string | undefined;
  /** Names that conditions may hold: `${version}`. */
  readonly bindings: Readonly<Record<string, unknown>>;
}

/** A page as a visitor sees it. */
export interface PageView {
  readonly url: string;
  readonly title: string;
  /** The text that is visible. */
  readonly text: string;
  /** Of the console, of scripts, and of what could not be loaded. */
  readonly errors: readonly string[];
  /** By the width of the screen in CSS pixels: how wide the page is, and what stands out. */
  readonly fits: ReadonlyMap<number, PageFit>;
}

export interface PageFit {
  readonly pageWidthPx: number;
  /** What begins or ends outside of the screen, as `tag#id.class`. */
  readonly standsOut: readonly string[];
}

/** What of a sentence does not hold, each in a sentence; empty where it holds. */
export function judge(expected: Expected, observed: Observed): readonly string[] {
  switch (expected.kind) {
    case 'mentions':
      return ofAnswer(observed, ({ text }) => missing(text, expected.texts, 'the answer does not mention'));
    case 'mentions-one-of':
      return ofAnswer(observed, ({ text }) =>
        expected.texts.some((wanted) => mentions(text, wanted))
          ? []
          : [`the answer mentions none of ${expected.texts.map(quoted).join(', ')}`],
      );
    case 'does-not-mention':
      return ofAnswer(observed, ({ text }) => present(text, expected.texts, 'the answer mentions'));
    case 'cites':
      return ofAnswer(observed, ({ sources }) =>
        expected.texts
          .filter((wanted) => !sources.some(({ texts }) => texts.some((text) => mentions(text, wanted))))
          .map((wanted) => `the answer does not cite ${quoted(wanted)}; it cites ${listed(sources)}`),
      );
    case 'cites-nothing':
      return ofAnswer(observed, ({ sources }) =>
        sources.length === 0 ? [] : [`the answer cites ${listed(sources)}`],
      );
    case 'comes-within':
      return ofAnswer(observed, ({ milliseconds }) =>
        milliseconds <= expected.limitMs
          ? []
          : [`the answer took ${Math.round(milliseconds)} ms, expected at most ${expected.limitMs} ms`],
      );
    case 'at-most-words':
      return ofAnswer(observed, ({ text }) => {
        const words = text.split(/\s+/).filter((word) => word !== '').length;
        return words <= expected.words
          ? []
          : [`the answer has ${words} words, expected at most ${expected.words}`];
      });
    case 'knows':
      return ofAnswer(observed, ({ known }) => judgeKnown(known, expected.known));
    case 'offers-contact':
      return ofAnswer(observed, ({ contact }) => judgeContact(contact, expected.text));
    case 'feedback-kept':
      return observed.feedbackKept === true ? [] : ['the conversation does not have her feedback'];
    case 'history-shows': {
      const { history } = observed;
      return history === undefined
        ? ['the conversation could not be read again']
        : missing(history.join('\n'), expected.texts, 'the conversation does not show');
    }
    case 'refused':
      return ofResponse(observed, ({ status }) =>
        status >= 400 && status <= 499 ? [] : [`it was not refused: status ${status}`],
      );
    case 'status':
      return ofResponse(observed, ({ status }) =>
        status === expected.status ? [] : [`status ${status}, expected ${expected.status}`],
      );
    case 'response-mentions':
      return ofResponse(observed, ({ text }) =>
        missing(text, expected.texts, 'the response does not mention'),
      );
    case 'response-has':
      return ofResponse(observed, (response) => {
        const status = [response.status];
        const rest = { headers: {}, text: undefined, events: [], withinMs: undefined };
        return check({ ...rest, status, json: expected.json }, response, observed.bindings);
      });
    case 'title':
      return ofPage(observed, ({ title }) =>
        title === expected.title ? [] : [`the title is ${quoted(title)}, expected ${quoted(expected.title)}`],
      );
    case 'page-shows':
      return ofPage(observed, ({ text }) => missing(text, expected.texts, 'the page does not show'));
    case 'page-does-not-show':
      return ofPage(observed, ({ text }) => present(text, expected.texts, 'the page shows'));
    case 'page-without-errors':
      return ofPage(observed, ({ errors }) => errors.map((error) => `an error on the page: ${error}`));
    case 'page-fits':
      return ofPage(observed, ({ fits }) => judgeFit(fits.get(expected.widthPx), expected.widthPx));
  }
}

function ofAnswer({ answer }: Observed, look: (answer: ChatAnswer) => readonly string[]): readonly string[] {
  if (answer === undefined) return ['there is no answer'];
  return typeof answer === 'string' ? [`there is no answer: ${answer}`] : look(answer);
}

function ofResponse(
  { response }: Observed,
  look: (response: Answer) => readonly string[],
): readonly string[] {
  return response === undefined ? ['nothing answered'] : look(response);
}

function ofPage({ page }: Observed, look: (page: PageView) => readonly string[]): readonly string[] {
  if (page === undefined) return ['there is no page'];
  return typeof page === 'string' ? [`the page could not be looked at: ${page}`] : look(page);
}

function judgeKnown(known: boolean | undefined, expected: boolean): readonly string[] {
  if (known === expected) return [];
  if (known === undefined) return ['the service does not say whether it knew the answer'];
  return [expected ? 'the service says that it does not know' : 'the service says that it knows the answer'];
}

function judgeContact(contact: string | undefined, expected: string | undefined): readonly string[] {
  if (contact === undefined) return ['no contact is offered'];
  return expected === undefined || mentions(contact, expected)
    ? []
    : [`the contact that is offered is ${quoted(contact)}, expected ${quoted(expected)}`];
}

/** Half a pixel is how browsers round. */
const tolerancePx = 1;

function judgeFit(fit: PageFit | undefined, widthPx: number): readonly string[] {
  if (fit === undefined) return [`the page could not be looked at ${widthPx} pixels wide`];
  if (fit.pageWidthPx <= widthPx + tolerancePx && fit.standsOut.length === 0) return [];
  const what = fit.standsOut.length === 0 ? '' : `; outside of the screen: ${fit.standsOut.join(', ')}`;
  return [`on a screen of ${widthPx} pixels the page is ${fit.pageWidthPx} pixels wide${what}`];
}

function missing(text: string, wanted: readonly string[], what: string): readonly string[] {
  return wanted.filter((one) => !mentions(text, one)).map((one) => `${what} ${quoted(one)}`);
}

function present(text: string, unwanted: readonly string[], what: string): readonly string[] {
  return unwanted.filter((one) => mentions(text, one)).map((one) => `${what} ${quoted(one)}`);
}

/**
 * Whether a text has these words, as people read: capitals, kinds of quotes and dashes, and line ends do not matter,
 * and a word is not found inside of another (`AI` is not in “said”).
 */
export function mentions(text: string, wanted: string): boolean {
  const words = plain(wanted).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const before = /^[\p{L}\p{N}]/u.test(plain(wanted)) ? '(?<![\\p{L}\\p{N}])' : '';
  const after = /[\p{L}\p{N}]$/u.test(plain(wanted)) ? '(?![\\p{L}\\p{N}])' : '';
  return new RegExp(before + words + after, 'u').test(plain(text));
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[‘’‚′]/g, "'")
    .replace(/[“”„″]/g, '"')
    .replace(/[‐-―−]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
}

function quoted(text: string): string {
  return `“${text}”`;
}

function listed(sources: readonly Citation[]): string {
  return sources.length === 0 ? 'nothing' : sources.map(({ title }) => quoted(title)).join(', ');
}

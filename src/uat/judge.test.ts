import type { ChatAnswer } from './answer.ts';
import { judge, mentions, type Observed, type PageView } from './judge.ts';
import type { Expected } from './scenario.ts';

const answer: ChatAnswer = {
  question: 'What is it?',
  text: 'It is free of charge. Fellows don’t pay.',
  known: true,
  sources: [{ title: '3MTT Handbook', texts: ['3MTT Handbook', 'https://example.org/handbook'] }],
  contact: undefined,
  conversation: 'c',
  message: 'm',
  milliseconds: 40.4,
};
const page: PageView = {
  url: 'http://127.0.0.1/',
  title: 'Ask',
  text: 'Ask a question',
  errors: ['ReferenceError: x is not defined'],
  fits: new Map([
    [360, { pageWidthPx: 361, standsOut: [] }],
    [320, { pageWidthPx: 500, standsOut: ['table.prices'] }],
    [400, { pageWidthPx: 400, standsOut: ['img#map'] }],
  ]),
};
const observed: Observed = {
  answer,
  feedbackKept: true,
  history: ['What is it?', 'It is free of charge.'],
  response: { status: 404, headers: new Headers(), text: '{"error":"none","n":1}', milliseconds: 1 },
  page,
  bindings: { n: 1 },
};

describe('a sentence about what came', () => {
  it.each<[Expected, readonly string[]]>([
    [{ kind: 'mentions', texts: ['free of charge', "don't pay"] }, []],
    [{ kind: 'mentions', texts: ['free', 'stipend'] }, ['the answer does not mention “stipend”']],
    [{ kind: 'mentions-one-of', texts: ['stipend', 'FREE'] }, []],
    [
      { kind: 'mentions-one-of', texts: ['stipend', 'fee'] },
      ['the answer mentions none of “stipend”, “fee”'],
    ],
    [{ kind: 'does-not-mention', texts: ['fee'] }, []],
    [{ kind: 'does-not-mention', texts: ['free'] }, ['the answer mentions “free”']],
    [{ kind: 'cites', texts: ['handbook', 'example.org'] }, []],
    [
      { kind: 'cites', texts: ['Nairametrics'] },
      ['the answer does not cite “Nairametrics”; it cites “3MTT Handbook”'],
    ],
    [{ kind: 'cites-nothing' }, ['the answer cites “3MTT Handbook”']],
    [{ kind: 'comes-within', limitMs: 41 }, []],
    [{ kind: 'comes-within', limitMs: 40 }, ['the answer took 40 ms, expected at most 40 ms']],
    [{ kind: 'at-most-words', words: 8 }, []],
    [{ kind: 'at-most-words', words: 7 }, ['the answer has 8 words, expected at most 7']],
    [{ kind: 'knows', known: true }, []],
    [{ kind: 'knows', known: false }, ['the service says that it knows the answer']],
    [{ kind: 'offers-contact', text: undefined }, ['no contact is offered']],
    [{ kind: 'feedback-kept' }, []],
    [{ kind: 'history-shows', texts: ['What is it?'] }, []],
    [{ kind: 'history-shows', texts: ['Hello'] }, ['the conversation does not show “Hello”']],
    [{ kind: 'refused' }, []],
    [{ kind: 'status', status: 404 }, []],
    [{ kind: 'status', status: 200 }, ['status 404, expected 200']],
    [{ kind: 'response-mentions', texts: ['none'] }, []],
    [{ kind: 'response-has', json: { n: { equals: '${n}' } } }, []],
    [{ kind: 'response-has', json: { error: { equals: 'x' } } }, ['error is "none", expected "x"']],
    [{ kind: 'title', title: 'Ask' }, []],
    [{ kind: 'title', title: 'ask' }, ['the title is “Ask”, expected “ask”']],
    [{ kind: 'page-shows', texts: ['ask a'] }, []],
    [{ kind: 'page-does-not-show', texts: ['Error'] }, []],
    [{ kind: 'page-without-errors' }, ['an error on the page: ReferenceError: x is not defined']],
    [{ kind: 'page-fits', widthPx: 360 }, []],
    [
      { kind: 'page-fits', widthPx: 320 },
      ['on a screen of 320 pixels the page is 500 pixels wide; outside of the screen: table.prices'],
    ],
    [
      { kind: 'page-fits', widthPx: 400 },
      ['on a screen of 400 pixels the page is 400 pixels wide; outside of the screen: img#map'],
    ],
  ])('%j', (expected, failures) => {
    expect(judge(expected, observed)).toEqual(failures);
  });

  it.each<[Expected, string]>([
    [{ kind: 'does-not-mention', texts: ['A'] }, 'there is no answer: the service answered with status 500'],
    [{ kind: 'refused' }, 'nothing answered'],
    [{ kind: 'page-does-not-show', texts: ['A'] }, 'the page could not be looked at: it is gone'],
    [{ kind: 'feedback-kept' }, 'the conversation does not have her feedback'],
    [{ kind: 'history-shows', texts: ['A'] }, 'the conversation could not be read again'],
  ])('does not hold where there is nothing to look at: %j', (expected, failure) => {
    const nothing: Observed = {
      answer: 'the service answered with status 500',
      feedbackKept: undefined,
      history: undefined,
      response: undefined,
      page: 'it is gone',
      bindings: {},
    };
    expect(judge(expected, nothing)).toEqual([failure]);
  });
});

describe('mentioning', () => {
  it.each([
    ['I said so.', 'AI', false],
    ['It is about AI.', 'ai', true],
    ['UI/UX design', 'UI/UX', true],
    ['It costs ₦1,000 (once)', '₦1,000 (once)', true],
    ['one\n  two', 'one two', true],
    ['“self‑paced”', '"self-paced"', true],
    ['C++ and C#', 'C++', true],
    ['éàü', 'a', false],
  ])('%j has %j: %s', (text, wanted, has) => {
    expect(mentions(text, wanted)).toBe(has);
  });
});

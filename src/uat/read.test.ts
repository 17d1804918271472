import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatProblem } from '../config/index.ts';
import { readUat } from './read.ts';
import type { UatScenario } from './scenario.ts';

function scenario(yaml: string): UatScenario {
  const read = readUat(yaml, 'uat/a.yml');
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.file.scenarios[0]!;
}

function problems(yaml: string): string[] {
  const read = readUat(yaml, 'uat/a.yml');
  return read.ok ? [] : read.problems.map(formatProblem);
}

const about = (when: string, then: string): string => `scenarios:
  - name: One
    when:
${when.replace(/^/gm, '      ')}
    then:
${then.replace(/^/gm, '      ')}
`;

describe('a file of acceptance scenarios', () => {
  it('is read sentence by sentence, each with its line', () => {
    const read = scenario(`title: Answers
scenarios:
  - name: She learns what it is
    given:
      - a visitor on a phone
      - a visitor who speaks: en-NG
    when:
      - she asks: What is 3MTT?
      - she says that it helped
    then:
      - the answer mentions: [3MTT, 2023]
      - the answer comes within: 1.5 seconds
      - her feedback is kept
`);
    expect(read).toEqual({
      name: 'She learns what it is',
      file: 'uat/a.yml',
      line: 3,
      visitor: {
        words: ['a visitor on a phone', 'a visitor who speaks: en-NG'],
        phone: true,
        language: 'en-NG',
      },
      exchanges: [
        {
          when: [
            {
              words: 'she asks: What is 3MTT?',
              line: 8,
              meaning: { kind: 'ask', question: 'What is 3MTT?' },
            },
            { words: 'she says that it helped', line: 9, meaning: { kind: 'give-feedback', helpful: true } },
          ],
          then: [
            {
              words: 'the answer mentions: 3MTT; 2023',
              line: 11,
              meaning: { kind: 'mentions', texts: ['3MTT', '2023'] },
            },
            {
              words: 'the answer comes within: 1.5 seconds',
              line: 12,
              meaning: { kind: 'comes-within', limitMs: 1500 },
            },
            { words: 'her feedback is kept', line: 13, meaning: { kind: 'feedback-kept' } },
          ],
        },
      ],
    });
  });

  it('goes on with what she does next', () => {
    const { exchanges } = scenario(`scenarios:
  - name: Two
    when: { she asks: A }
    then: { the answer mentions: B }
    next:
      - when: she starts a new conversation
        then: { the answer mentions: B }
`);
    expect(exchanges.map(({ when }) => when.map(({ meaning }) => meaning.kind))).toEqual([
      ['ask'],
      ['start-again'],
    ]);
  });

  it.each([
    ['he asks: A', 'ask'],
    ['they ask: A', 'ask'],
    ['the visitor asks: A', 'ask'],
    ['She  asks: A', 'ask'],
  ])('is about whoever it is about: %s', (words, kind) => {
    const { exchanges } = scenario(about(`- ${words}`, '- it knows the answer'));
    expect(exchanges[0]!.when[0]!.meaning.kind).toBe(kind);
  });

  it.each([
    ['500 ms', 500],
    ['2 seconds', 2000],
    ['1 second', 1000],
    ['1 minute', 60_000],
    ['3s', 3000],
  ])('reads a time: %s', (written, limitMs) => {
    const { exchanges } = scenario(about('- she asks: A', `- the answer comes within: ${written}`));
    expect(exchanges[0]!.then[0]!.meaning).toEqual({ kind: 'comes-within', limitMs });
  });

  it('reads plain requests and conditions as integration tests have them', () => {
    const { exchanges } = scenario(
      about(
        '- she requests: { method: POST, path: /api, json: { a: 1 } }',
        "- the response has: { version: '${version}', 'list[0]': { minLength: 1 } }\n- the status is: 200",
      ),
    );
    expect(exchanges[0]!.when[0]!.meaning).toEqual({
      kind: 'request',
      request: {
        method: 'POST',
        path: '/api',
        headers: {},
        body: { kind: 'json', value: { a: 1 } },
        timeoutMs: 10_000,
      },
    });
    expect(exchanges[0]!.then.map(({ meaning }) => meaning)).toEqual([
      { kind: 'response-has', json: { version: { equals: '${version}' }, 'list[0]': { minLength: 1 } } },
      { kind: 'status', status: 200 },
    ]);
  });

  it('tells of all mistakes at once, each at its place, with the nearest sentence', () => {
    expect(
      problems(`scenarioz: []
scenarios:
  - name: ''
    given: a new vistor
    when:
      - she aks: What?
      - she asks: ''
    then:
      - the answer mentons: 3MTT
      - the answer comes within: soon
      - the answer mentions 3MTT
      - it knows the answer: yes
      - 7
`),
    ).toEqual([
      'uat/a.yml:1:1 scenarioz: found the unknown key "scenarioz"; expected one of title, scenarios. Did you mean "scenarios"?',
      'uat/a.yml:3:5 scenarios.0.name: found ""; expected a text that is not empty.',
      'uat/a.yml:4:12 scenarios.0.given: found "a new vistor"; expected a new visitor; a visitor on a phone; a visitor who speaks: a language tag such as en-NG. Did you mean "a new visitor"?',
      expect.stringMatching(
        /^uat\/a\.yml:6:9 scenarios\.0\.when\.0\.she aks: found "she aks"; expected a sentence that is known here: asks: …; .*Did you mean "asks"\?$/,
      ),
      'uat/a.yml:7:19 scenarios.0.when.1.she asks: found ""; expected a text that is not empty.',
      expect.stringMatching(
        /^uat\/a\.yml:9:9 .*found "the answer mentons"; .*Did you mean "the answer mentions"\?$/,
      ),
      'uat/a.yml:10:34 scenarios.0.then.1.the answer comes within: found "soon"; expected a time such as 2 seconds, 500 ms or 1 minute.',
      'uat/a.yml:11:9 scenarios.0.then.2: found "the answer mentions 3MTT"; expected “the answer mentions: …”.',
      'uat/a.yml:12:30 scenarios.0.then.3.it knows the answer: found "yes"; expected “it knows the answer” alone, without a value.',
      'uat/a.yml:13:9 scenarios.0.then.4: found 7; expected sentences, such as “the answer mentions: …”.',
    ]);
  });

  it.each([
    ['- she requests: GET /', '- the answer mentions: A', 'the answer mentions', 'she asks: …'],
    ['- she says that it helped', '- it is refused', 'says that it helped', 'she asks: …'],
    ['- she asks: A', '- her feedback is kept', 'her feedback is kept', 'she says that it helped'],
    ['- she asks: A', '- the title is: A', 'the title is', 'she opens the page: …'],
  ])('wants what a sentence is about to have happened: %s', (when, then, words, before) => {
    expect(problems(about(when, then))).toContainEqual(
      expect.stringContaining(`found “${words}”; expected “${before}”`),
    );
  });

  it.each([
    ['scenarios: []', 'uat/a.yml:1:1 scenarios: found []; expected a list of scenarios, at least one.'],
    ['', 'uat/a.yml:1:1 found nothing; expected a file of scenarios with title and scenarios.'],
    ['scenarios: [', 'uat/a.yml:1:13'],
    [
      'scenarios:\n  - name: One\n    when: { she asks: A }\n',
      'uat/a.yml:2:5 scenarios.0.then: found nothing; expected sentences, such as “the answer mentions: …”.',
    ],
    [about('[]', '- it is refused'), 'scenarios.0.when: found nothing; expected sentences'],
    [about('- she asks: A', '[]'), 'scenarios.0.then: found nothing; expected sentences'],
    [
      about('- she opens the page: about', '- the title is: A'),
      'uat/a.yml:4:29 scenarios.0.when.0.she opens the page: found "about"; expected a path that begins with /.',
    ],
    [
      about('- she asks: A', "- the response has: { 'a..b': 1 }"),
      'expected a path such as answer or sources[0].url',
    ],
  ])('is refused where it makes no sense: %j', (yaml, expected) => {
    expect(problems(yaml).join('\n')).toContain(expected);
  });

  it.each(['answers.yml', 'conversation.yml', 'page.yml'])('of this repository is right: %s', (name) => {
    const text = readFileSync(path.join(import.meta.dirname, '../../uat', name), 'utf8');
    expect(readUat(text, name)).toMatchObject({ ok: true });
  });
});

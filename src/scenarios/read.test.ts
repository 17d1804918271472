import fc from 'fast-check';
import { readScenarios } from './read.ts';

const good = `title: Chatbot
defaults: { timeout: 3s, headers: { accept: application/json } }
scenarios:
  - name: It answers
    steps:
      - request: GET /health
      - name: ask
        request:
          method: POST
          path: /api/chat
          headers: { x-one: '1' }
          json: { message: 'Hi \${version}' }
          timeout: 1m
        expect:
          status: [200, 201]
          headers: { content-type: { contains: json } }
          json:
            known: true
            answer: { matches: '^H', minLength: 2 }
            'sources[0].url': { contains: http }
            gone: { exists: false }
          events:
            - { event: done, json: { known: true } }
          within: 2s
        capture: { conversation: conversationId }
        retry: { attempts: 3, every: 500ms }
`;

describe('a scenario file', () => {
  it('is read with its defaults filled in', () => {
    const read = readScenarios(good, 'integration/a.yml');
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(read.file).toEqual({
      file: 'integration/a.yml',
      title: 'Chatbot',
      scenarios: [
        {
          name: 'It answers',
          file: 'integration/a.yml',
          line: 4,
          steps: [
            {
              name: 'GET /health',
              line: 6,
              request: {
                method: 'GET',
                path: '/health',
                headers: { accept: 'application/json' },
                body: undefined,
                timeoutMs: 3000,
              },
              expect: { status: [], headers: {}, text: undefined, json: {}, events: [], withinMs: undefined },
              capture: {},
              attempts: 1,
              everyMs: 0,
            },
            {
              name: 'ask',
              line: 7,
              request: {
                method: 'POST',
                path: '/api/chat',
                headers: { accept: 'application/json', 'x-one': '1' },
                body: { kind: 'json', value: { message: 'Hi ${version}' } },
                timeoutMs: 60_000,
              },
              expect: {
                status: [200, 201],
                headers: { 'content-type': { contains: 'json' } },
                text: undefined,
                json: {
                  known: { equals: true },
                  answer: { matches: /^H/su, minLength: 2 },
                  'sources[0].url': { contains: 'http' },
                  gone: { exists: false },
                },
                events: [{ event: 'done', text: undefined, json: { known: { equals: true } } }],
                withinMs: 2000,
              },
              capture: { conversation: 'conversationId' },
              attempts: 3,
              everyMs: 500,
            },
          ],
        },
      ],
    });
  });

  it('has all its mistakes reported at once, each at its place', () => {
    const text = `scenarios:
  - name: One
    steps:
      - request: FETCH health
        expects: { status: 200 }
      - request: { path: health, json: 1, text: a }
        expect:
          status: 99
          json:
            answer: { contain: x }
            'a..b': 1
            known: { matches: '(' }
          within: soon
        retry: { attempts: 1, every: 1s }
  - name: Two
    steps: []
`;
    const read = readScenarios(text, 'x.yml');
    if (read.ok) throw new Error('it was read');
    expect(read.problems.map(({ line, column, message }) => `${line}:${column} ${message}`).sort()).toEqual([
      '10:23 scenarios.0.steps.1.expect.json.answer.contain: this key is not known here',
      '11:13 scenarios.0.steps.1.expect.json.a..b: expected a path such as answer or sources[0].url',
      expect.stringMatching(
        /^12:\d+ scenarios\.0\.steps\.1\.expect\.json\.known\.matches: not a regular expression/,
      ),
      '13:11 scenarios.0.steps.1.expect.within: expected a duration such as 90s, 10m or 1h',
      expect.stringMatching(/^14:18 scenarios\.0\.steps\.1\.retry\.attempts: /),
      expect.stringMatching(/^16:5 scenarios\.1\.steps: /),
      expect.stringMatching(/^4:9 scenarios\.0\.steps\.0\.request: expected a method and a path/),
      '5:9 scenarios.0.steps.0.expects: this key is not known here',
      expect.stringMatching(
        /^6:20 scenarios\.0\.steps\.1\.request\.path: expected a path that begins with a slash/,
      ),
      '6:9 scenarios.0.steps.1.request: expected json or text, not both',
      expect.stringMatching(/^8:11 scenarios\.0\.steps\.1\.expect\.status: /),
    ]);
  });

  it.each([
    ['', 'expected'],
    ['[]', 'expected'],
    ['scenarios: []', 'expected at least one scenario'],
    ['a: 1\na: 2\nscenarios: x', 'unique'],
    ['scenarios: *x', 'alias'],
    ['\t- x', ''],
    ['x'.repeat(1_000_001), 'larger than 1 mb'],
    [
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]',
      'alias',
    ],
  ])('%.30s … is refused with a word', (text, word) => {
    const read = readScenarios(text, 'x.yml');
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.problems.map(({ message }) => message.toLowerCase()).join()).toContain(word);
  });

  it('never throws, whatever is in the file', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json().map((json) => `scenarios: ${json}`),
        ),
        (text) => {
          expect(() => readScenarios(text, 'x.yml')).not.toThrow();
        },
      ),
    );
  });
});

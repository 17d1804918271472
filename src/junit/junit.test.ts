import fc from 'fast-check';
import { Summary } from '../github/index.ts';
import { heardRunner } from '../github/runner.fixture.ts';
import {
  annotate,
  locateFailure,
  readJUnit,
  summarise,
  totalsOf,
  writeJUnit,
  type TestCase,
} from './index.ts';
import { UnreadableReport } from './read.ts';

const jest = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="jest tests" tests="3" failures="1" errors="0" time="0.9">
  <testsuite name="answers" errors="0" failures="1" skipped="1" time="0.5" tests="3">
    <testcase classname="answers says hello" name="answers says hello" time="0.002">
    </testcase>
    <testcase classname="answers adds" name="answers adds" time="1,000.5">
      <failure>Error: expect(received).toBe(expected) // Object.is

Expected: 4
Received: \u001B[31m5\u001B[39m
    at Object.toBe (/repo/service/node_modules/x/y.js:3:1)
    at Object.&lt;anonymous&gt; (/repo/service/src/answers.test.ts:12:23)</failure>
    </testcase>
    <testcase classname="c" name="waits" time="x"><skipped/></testcase>
  </testsuite>
</testsuites>`.replaceAll('\u001B', '');

describe('reading a JUnit report', () => {
  it('reads what jest writes', () => {
    const cases = readJUnit(jest);
    expect(cases.map(({ suite, name, seconds, outcome }) => [suite, name, seconds, outcome.kind])).toEqual([
      ['answers', 'answers says hello', 0.002, 'passed'],
      ['answers', 'answers adds', 1000.5, 'failed'],
      ['c', 'waits', 0, 'skipped'],
    ]);
    expect(cases[1]!.outcome).toMatchObject({
      message: 'Error: expect(received).toBe(expected) // Object.is',
    });
    expect(totalsOf(cases)).toEqual({ passed: 1, failed: 1, skipped: 1, seconds: 1000.502 });
  });

  it('reads what pytest writes: no outer element, an error, CDATA, file and line', () => {
    const xml =
      '<testsuite name="pytest"><testcase classname="tests.test_a" name="test_x" time="0.1" file="tests/test_a.py" line="3">' +
      '<error message="failed on setup"><![CDATA[a < b]]></error><system-out>noise</system-out></testcase></testsuite>';
    expect(readJUnit(xml)).toEqual([
      {
        suite: 'tests.test_a',
        name: 'test_x',
        seconds: 0.1,
        file: 'tests/test_a.py',
        line: 3,
        outcome: { kind: 'failed', message: 'failed on setup', detail: 'a < b' },
      },
    ]);
  });

  it.each(['', 'not xml', '<testsuite>', '<a></b>', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'])(
    'says that %j is none',
    (xml) => {
      expect(() => readJUnit(xml)).toThrow(UnreadableReport);
    },
  );

  it('reads back whatever it has written', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((value) => value.trim())
      .filter((value) => value !== '');
    const outcome = fc.oneof(
      fc.constant({ kind: 'passed' as const }),
      fc.constant({ kind: 'skipped' as const }),
      fc.record({
        kind: fc.constant('failed' as const),
        message: fc.constant('a <b> & "c"'),
        detail: fc.constant('d\n<e>'),
      }),
    );
    const cases = fc.array(
      fc.record({
        suite: text,
        name: text,
        seconds: fc.constant(1.5),
        outcome,
        file: fc.constant('a.yml'),
        line: fc.constant(4),
      }),
    );
    fc.assert(
      fc.property(cases, (written) => {
        const shape = (list: readonly TestCase[]) =>
          list.map(({ outcome: one, seconds, line }) => [one, seconds, line]);
        const bySuite = [...Map.groupBy(written, ({ suite }) => suite).values()].flat();
        expect(shape(readJUnit(writeJUnit('t', written)))).toEqual(shape(bySuite));
      }),
    );
  });
});

describe('showing results', () => {
  it('names each failure with what it printed', () => {
    const summary = summarise(new Summary(), readJUnit(jest)).toString();
    expect(summary).toContain('| 1 | 1 | 1 |');
    expect(summary).toContain('**answers adds**');
    expect(summary).toContain('Expected: 4');
    expect(summary).not.toContain('says hello');
  });

  it('annotates the first ten, at the user’s own line', () => {
    const { runner, lines } = heardRunner();
    const [, failed] = readJUnit(jest);
    annotate(
      runner,
      Array.from({ length: 12 }, () => failed!),
      (test) => locateFailure(test, '/repo', '/repo/service'),
    );
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe(
      '::error title=answers adds,file=service/src/answers.test.ts,line=12::Error: expect(received).toBe(expected) // Object.is',
    );
  });
});

describe('where a test failed', () => {
  const test = (detail: string, rest: Partial<TestCase> = {}): TestCase => ({
    suite: 's',
    name: 'n',
    seconds: 0,
    outcome: { kind: 'failed', message: '', detail },
    ...rest,
  });
  it.each([
    ['    at file:///repo/a/b.ts:3:1', { file: 'a/b.ts', line: 3 }],
    ['    at async /repo/a/b.ts:3:1', { file: 'a/b.ts', line: 3 }],
    ['  File "tests/x.py", line 9, in f', { file: 'service/tests/x.py', line: 9 }],
    ['tests/x.py:9: AssertionError', { file: 'service/tests/x.py', line: 9 }],
    ['    main_test.go:17: got 1', { file: 'service/main_test.go', line: 17 }],
    ['    at x (node:internal/y:1:1)\n    at y (/elsewhere/z.js:1:1)', undefined],
  ])('%j', (detail, place) => {
    expect(locateFailure(test(detail), '/repo', '/repo/service')).toEqual(place);
  });

  it('is what the report says where the stack says nothing', () => {
    expect(locateFailure(test('?', { file: 'src/a.test.ts' }), '/repo', '/repo/service')).toEqual({
      file: 'service/src/a.test.ts',
    });
  });
});

import type { Rehearsed } from './engine.fixture.ts';
import { jobOf, logOf, rehearse } from './engine.fixture.ts';

/**
 * What GitHub documents of expressions (docs.github.com, "Evaluate expressions in workflows and actions"), each as a
 * workflow's step sees it: `[expression, the text that comes out]`.
 */
const documented: readonly (readonly [string, string])[] = [
  // Literals.
  ['null', ''],
  ['true', 'true'],
  ['711', '711'],
  ['-9.2', '-9.2'],
  ['0xff', '255'],
  ['-2.99e-2', '-0.0299'],
  ["'It''s open source!'", "It's open source!"],
  // Loose equality: another type is coerced to a number; text is compared without regard to case.
  ["'GitHub' == 'github'", 'true'],
  ["'a' != 'A'", 'false'],
  ["null == ''", 'true'],
  ['null == 0', 'true'],
  ['true == 1', 'true'],
  ["'1' == 1", 'true'],
  ["'0x10' == 16", 'true'],
  ["'abc' == 0", 'false'],
  ["'' == 0", 'true'],
  ["'abc' > 0 || 'abc' <= 0", 'false'],
  ["fromJSON('[1]') == fromJSON('[1]')", 'false'],
  ['1 < 2', 'true'],
  ["'b' > 'A'", 'true'],
  // && and || give an operand, not a boolean.
  ["true && 'yes'", 'yes'],
  ["'' || 'no'", 'no'],
  ["false && 'yes' || 'no'", 'no'],
  ["0 || null || 'last'", 'last'],
  ["!''", 'true'],
  ["!'false'", 'false'],
  // A member that is not there, of whatever, is nothing.
  ['github.nothing.at.all', ''],
  ["github['ref_name']", 'develop'],
  ['GITHUB.REF_NAME', 'develop'],
  ['matrix.nothing', ''],
  // Functions.
  ["contains('Hello world', 'LLO')", 'true'],
  ['contains(fromJSON(\'["push", "pull_request"]\'), github.event_name)', 'true'],
  ["contains(fromJSON('[\"push\"]'), 'pus')", 'false'],
  ["startsWith('Hello world', 'he')", 'true'],
  ["endsWith('Hello world', 'LD')", 'true'],
  ["format('{0} {1} {0}', 'a', 2)", 'a 2 a'],
  ["format('{{Hello {0}!}}', 'Mona')", '{Hello Mona!}'],
  ["join(fromJSON('[1, true, null, \"x\"]'), '-')", '1-true--x'],
  ["join(fromJSON('[1, 2]'))", '1,2'],
  ["join('alone', '-')", 'alone'],
  ['toJSON(fromJSON(\'{"a":[1,null]}\'))', '{\n  "a": [\n    1,\n    null\n  ]\n}'],
  ["toJSON('a\"b')", '"a\\"b"'],
  ["fromJSON('true') && 'boolean'", 'boolean'],
  ['fromJSON(\'{"Key":1}\').key', '1'],
  ['fromJSON(\'["a", "b"]\')[1]', 'b'],
  ['fromJSON(\'["a"]\')[7]', ''],
  ["fromJSON('{}')", 'Object'],
  ["fromJSON('[]')", 'Array'],
  ["hashFiles('**/nothing-of-the-kind')", ''],
  [
    "case(github.ref_name == 'main', 'production', github.ref_name == 'develop', 'development', 'none')",
    'development',
  ],
  // Filters of lists and of objects.
  ['join(fromJSON(\'[{"n":"a"},{"n":"b"},{"m":1}]\').*.n, \' \')', 'a b'],
  ['join(fromJSON(\'{"x":{"n":1},"y":{"n":2}}\').*.n, \' \')', '1 2'],
  ['contains(fromJSON(\'[{"name":"bug"}]\').*.name, \'BUG\')', 'true'],
  ["toJSON(fromJSON('[[1],[2]]').*.*)", '[\n  1,\n  2\n]'],
  // Numbers as text.
  ['1.0', '1'],
  ['0.1', '0.1'],
  ["format('{0}', 1e3)", '1000'],
];

let shop: Rehearsed;
let seen: Map<string, string>;

beforeAll(async () => {
  shop = await rehearse();
  const variables = documented.map(([expression], index) => `          E${index}: \${{ ${expression} }}`);
  const [run] = await shop.push({
    '.github/workflows/ci.yml': `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - shell: node {0}
        env:
${variables.join('\n')}
        run: 'for (const [k, v] of Object.entries(process.env)) if (/^E[0-9]+$/.test(k)) console.log("<" + k + ">" + JSON.stringify(v))'
`,
  });
  expect(run?.problem).toBeUndefined();
  const job = jobOf(run, 'a');
  seen = new Map(
    [...logOf(shop, job).matchAll(/^<E(\d+)>(.*)$/gm)].map(([, index = '', value = '""']) => [
      documented[Number(index)]?.[0] ?? '',
      JSON.parse(value) as string,
    ]),
  );
  expect([run?.conclusion, job.annotations]).toEqual(['success', []]);
});
afterAll(() => shop.end());

test.each(documented)('%s', (expression, value) => {
  expect(seen.get(expression)).toBe(value);
});

import { type TestCase, totalsOf } from './report.ts';

/** Writes a JUnit report with a suite for each name of a suite, in the order in which they come. */
export function writeJUnit(title: string, cases: readonly TestCase[]): string {
  const suites = Map.groupBy(cases, ({ suite }) => suite);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escape(title)}"${counts(cases)}>`,
    ...[...suites].flatMap(([name, tests]) => [
      `  <testsuite name="${escape(name)}"${counts(tests)}>`,
      ...tests.flatMap(writeCase),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return lines.join('\n') + '\n';
}

function writeCase({ suite, name, seconds, outcome, file, line }: TestCase): string[] {
  const place =
    file === undefined ? '' : ` file="${escape(file)}"${line === undefined ? '' : ` line="${line}"`}`;
  const open = `    <testcase classname="${escape(suite)}" name="${escape(name)}" time="${seconds.toFixed(3)}"${place}`;
  switch (outcome.kind) {
    case 'passed':
      return [`${open}/>`];
    case 'skipped':
      return [`${open}>`, '      <skipped/>', '    </testcase>'];
    case 'failed':
      return [
        `${open}>`,
        `      <failure message="${escape(outcome.message)}">${escape(outcome.detail)}</failure>`,
        '    </testcase>',
      ];
  }
}

function counts(cases: readonly TestCase[]): string {
  const { failed, skipped, seconds } = totalsOf(cases);
  return ` tests="${cases.length}" failures="${failed}" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
}

function escape(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return (
    text
      // XML 1.0 has no way to write these
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
      .toWellFormed()
      .replace(/[&<>"]/g, (character) => names[character] ?? character)
  );
}

import { stripVTControlCharacters } from 'node:util';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import type { TestCase, TestOutcome } from './report.ts';

/** A report that is not XML. */
export class UnreadableReport extends Error {
  override readonly name = 'UnreadableReport';
}

/**
 * Reads a JUnit report, in the form that most tools agree on: `testsuite` elements, nested or not, with `testcase`
 * elements that hold `failure`, `error` or `skipped`. What else is in it is passed over.
 *
 * @throws UnreadableReport
 */
export function readJUnit(xml: string): readonly TestCase[] {
  const cases: TestCase[] = [];
  const suites: string[] = [];
  let current: { tag: SaxesTagPlain; outcome: TestOutcome } | undefined;
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw new UnreadableReport(error.message, { cause: error });
  });
  parser.on('opentag', (tag) => {
    if (tag.name === 'testsuite') suites.push(tag.attributes['name'] ?? '');
    else if (tag.name === 'testcase') current = { tag, outcome: { kind: 'passed' } };
    text = '';
  });
  const addText = (chunk: string): void => {
    text += chunk;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', (tag) => {
    if (tag.name === 'testsuite') suites.pop();
    if (current === undefined) return;
    if (tag.name === 'failure' || tag.name === 'error') {
      const detail = text.trim();
      const message = tag.attributes['message'] ?? '';
      current.outcome = {
        kind: 'failed',
        message: firstLine(message === '' ? detail : message),
        detail: detail === '' ? message : detail,
      };
    } else if (tag.name === 'skipped' && current.outcome.kind === 'passed') {
      current.outcome = { kind: 'skipped' };
    } else if (tag.name === 'testcase') {
      cases.push(toCase(current.tag.attributes, suites.at(-1) ?? '', current.outcome));
      current = undefined;
    }
  });
  parser.write(xml.replace(/^\uFEFF/, '')).close();
  return cases;
}

function toCase(attributes: Record<string, string>, suite: string, outcome: TestOutcome): TestCase {
  const { classname = '', name = '', time = '0', file, line } = attributes;
  const seconds = Number(time.replaceAll(',', ''));
  const lineNumber = Number(line);
  return {
    suite: classname === '' || classname === name ? suite : classname,
    name,
    seconds: Number.isFinite(seconds) ? seconds : 0,
    outcome,
    ...(file === undefined || file === '' ? {} : { file }),
    ...(Number.isInteger(lineNumber) && lineNumber > 0 ? { line: lineNumber } : {}),
  };
}

function firstLine(text: string): string {
  return (
    stripVTControlCharacters(text)
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

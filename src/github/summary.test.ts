import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fakeRunner } from './runner.fake.ts';
import { codeSpan, escapeMarkdown, fitSummary, Summary, summaryLimitBytes, writeSummary } from './summary.ts';

describe('building a summary', () => {
  it('writes headings, tables, lists, details, code and charts as GitHub reads them', () => {
    const summary = new Summary()
      .heading(2, 'Deploy <x>')
      .table(['Name', 'Value'], [['a|b', 'two\nlines'], ['short']])
      .list(['one', 'two'])
      .details('Log & more', new Summary().code('a ``` b'))
      .mermaid('gantt');
    expect(summary.toString()).toBe(
      [
        '## Deploy \\<x\\>',
        '',
        '| Name | Value |',
        '| --- | --- |',
        '| a\\|b | two<br>lines |',
        '| short |  |',
        '',
        '- one',
        '- two',
        '',
        '<details><summary>Log &amp; more</summary>',
        '',
        '````',
        'a ``` b',
        '````',
        '',
        '</details>',
        '',
        '```mermaid',
        'gantt',
        '```',
      ].join('\n'),
    );
  });

  it('leaves nothing of a text that Markdown or HTML would read', () => {
    expect(escapeMarkdown('<img src=x> [a](b) *c* `d` | e\nf')).toBe(
      '\\<img src=x\\> \\[a\\](b) \\*c\\* \\`d\\` \\| e f',
    );
    expect(codeSpan('a`b``c')).toBe('``` a`b``c ```');
    expect(codeSpan('plain')).toBe('`plain`');
  });
});

describe('the limit of 1 MiB', () => {
  it('cuts at a line, closes what is open, and says so', () => {
    const long = new Summary().details('Log', new Summary().code('line\n'.repeat(100))).toString();
    const cut = fitSummary(long, 400);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(400);
    expect(cut).toMatch(/line\n```\n<\/details>\n\n_The rest did not fit/);
  });

  it('never cuts a character in two', () => {
    const cut = fitSummary('ü\n'.repeat(1000), 500);
    expect(cut).not.toContain('\uFFFD');
  });

  it('keeps what fits, and counts what is in the file already', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sluice-summary-'));
    try {
      const file = path.join(folder, 'summary.md');
      await writeFile(file, 'x'.repeat(summaryLimitBytes - 300));
      const { runner } = fakeRunner({ GITHUB_STEP_SUMMARY: file });
      await writeSummary(runner, new Summary().paragraph('y\n'.repeat(500)));
      expect((await readFile(file)).length).toBeLessThanOrEqual(summaryLimitBytes);
      expect(await readFile(file, 'utf8')).toContain('The rest did not fit');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

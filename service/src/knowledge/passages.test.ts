import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readPassages } from './passages.ts';

const source = (name: string) =>
  `${name}: { title: A page, publisher: Somebody, url: https://example.org/₦, checked: 2026-11-24 }\n`;

describe('reading the knowledge base', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'knowledge-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function read(files: Record<string, string>) {
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
    return readPassages(folder);
  }

  it('takes each heading as a question, with its other words, its text and its sources', () => {
    const passages = read({
      'sources.yml': source('one') + source('two'),
      'fees.md':
        '# Fees\n\n## Is it free?\n\nAsked as: price, fee\n\nYes [one]. It is [two][one].\n\n## And food?\n\nNo [two].\n',
    });
    expect(passages).toMatchObject([
      {
        id: 'fees-1',
        topic: 'Fees',
        question: 'Is it free?',
        askedAs: 'price, fee',
        text: 'Yes. It is.',
        sources: [{ url: 'https://example.org/%E2%82%A6', checked: '2026-11-24' }, { publisher: 'Somebody' }],
      },
      { id: 'fees-2', question: 'And food?', askedAs: '', text: 'No.', sources: [{}] },
    ]);
  });

  it('names every mistake of the passages at once', () => {
    const files = {
      'sources.yml': source('one') + source('unused'),
      'a.md': '## No topic\n\nA fact [one].\n',
      'b.md': '# B\n\n## No source\n\nA fact.\n\n## Unknown source\n\nA fact [three].\n',
    };
    expect(() => read(files)).toThrow(
      [
        'The knowledge base has mistakes:',
        '  a.md: no topic, a line that begins with "# "',
        '  b.md: "No source" names no source',
        '  b.md: "Unknown source" names the source [three], which is not in sources.yml',
        '  sources.yml: no passage names the source unused',
      ].join('\n'),
    );
  });

  it.each([
    ['a source without a date', source('one').replace(', checked: 2026-11-24', ''), /one\.checked/],
    [
      'a source over plain HTTP',
      source('one').replace('https', 'http'),
      /one\.url: expected an https:\/\/ URL/,
    ],
    ['a day that there is not', source('one').replace('11-24', '13-24'), /one\.checked/],
  ])('refuses %s', (_what, sources, message) => {
    expect(() => read({ 'sources.yml': sources, 'a.md': '# A\n\n## B\n\nC [one].\n' })).toThrow(message);
  });

  it('refuses a folder that has nothing to tell', () => {
    expect(() => read({})).toThrow(/no Markdown file/);
    expect(() => read({ 'a.md': '# A\n' })).toThrow(/no sources\.yml/);
  });
});

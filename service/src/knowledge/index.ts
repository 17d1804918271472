import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import MiniSearch from 'minisearch';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where a fact comes from, and when it was looked at. */
export interface Source {
  readonly title: string;
  readonly url: string;
  /** ISO date. */
  readonly checked: string;
}

/** One thing that is known, in its own words. */
export interface Passage {
  readonly id: string;
  readonly topic: string;
  readonly question: string;
  readonly text: string;
  readonly sources: readonly Source[];
}

export interface Found {
  readonly passage: Passage;
  readonly score: number;
  /** The share of the question's telling words that the passage has, 0 to 1. */
  readonly coverage: number;
}

const frontMatter = z.strictObject({
  topic: z.string().min(1),
  sources: z.record(
    z.string(),
    z.strictObject({ title: z.string().min(1), url: z.url(), checked: z.iso.date() }),
  ),
});

/**
 * The knowledge base: Markdown files with their sources in front. Each `## heading` is a passage; the heading is the
 * question it answers, and `[name]` in its text names a source.
 * @throws Error naming the file, where one is not as it has to be
 */
export class Knowledge {
  readonly passages: readonly Passage[];
  readonly #index: MiniSearch<Passage>;

  constructor(passages: readonly Passage[]) {
    this.passages = passages;
    this.#index = new MiniSearch<Passage>({
      fields: ['question', 'topic', 'text'],
      searchOptions: {
        boost: { question: 3, topic: 1.5 },
        prefix: (term) => term.length > 3,
        fuzzy: (term) => (term.length > 5 ? 0.2 : false),
      },
      processTerm: (term) => stem(term.toLowerCase()),
    });
    this.#index.addAll(passages);
  }

  static read(directory: string): Knowledge {
    const files = readdirSync(directory)
      .filter((name) => name.endsWith('.md'))
      .sort();
    if (files.length === 0)
      throw new Error(`The knowledge base is empty: ${directory} has no Markdown file.`);
    return new Knowledge(
      files.flatMap((name) => parsePassages(name, readFileSync(path.join(directory, name), 'utf8'))),
    );
  }

  /** The passages that answer best, best first. */
  search(question: string, limit = 3): Found[] {
    const telling = [
      ...new Set(
        words(question)
          .filter((word) => !common.has(word))
          .map(stem),
      ),
    ];
    if (telling.length === 0) return [];
    return this.#index
      .search(telling.join(' '))
      .slice(0, limit)
      .flatMap(({ id, score, queryTerms }) => {
        const passage = this.passages.find((candidate) => candidate.id === id);
        const matched = new Set(queryTerms).size;
        return passage === undefined ? [] : [{ passage, score, coverage: matched / telling.length }];
      });
  }
}

export function parsePassages(file: string, content: string): Passage[] {
  const match = /^---\n(.*?)\n---\n(.*)$/s.exec(content);
  if (match === null) throw new Error(`${file}: expected a front matter with topic and sources.`);
  const parsed = frontMatter.safeParse(parse(match[1] ?? ''));
  if (!parsed.success)
    throw new Error(
      `${file}: ${parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; ')}`,
    );
  const { topic, sources } = parsed.data;
  return (match[2] ?? '')
    .split(/^## /m)
    .slice(1)
    .map((section, index) => {
      const [question = '', ...rest] = section.split('\n');
      const body = rest.join('\n').trim();
      const names = [...body.matchAll(/\[([a-z0-9-]+)\]/g)].map(([, name = '']) => name);
      const unknown = names.find((name) => sources[name] === undefined);
      if (unknown !== undefined)
        throw new Error(`${file}: "${question}" names the source [${unknown}], which is not in front.`);
      if (names.length === 0) throw new Error(`${file}: "${question}" names no source.`);
      return {
        id: `${file.replace(/\.md$/, '')}-${index + 1}`,
        topic,
        question: question.trim(),
        text: body.replaceAll(/ ?\[[a-z0-9-]+\]/g, ''),
        sources: [...new Set(names)].flatMap((name) => sources[name] ?? []),
      };
    });
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Enough for questions of this kind: applying, applies, applied and apply are one word. */
function stem(word: string): string {
  if (word.length < 5) return word.replace(/s$/, '');
  return word.replace(/(ies|ied|ying)$/, 'y').replace(/(ing|ed|es|s)$/, '');
}

/** Words that tell nothing about what is asked; the programme's own name is in every passage. */
const common: ReadonlySet<string> = new Set(
  'a about all am an and any are as at be been but by can could did do does for from get give go had has have hello hi how i if in into is it its like me more my need no not of on one or our please should so some tell than thank thanks that the their them there they this to up us want was we were what when where which who whom why will with would you your 3mtt mtt programme program nigeria learn study'.split(
    ' ',
  ),
);

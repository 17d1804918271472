import MiniSearch from 'minisearch';
import { readPassages, type Passage } from './passages.ts';
import { framing, framingOf, stem, tellingWords, wordsOf } from './words.ts';

export type { Passage, Source } from './passages.ts';

export interface Found {
  readonly passage: Passage;
  /** BM25's, over heading, other words, topic and text. */
  readonly score: number;
  /**
   * How much of what the question tells is in the passage, from 0 to 1. A rare word tells more than a frequent one
   * (inverse document frequency), and a word that is in no passage tells most.
   */
  readonly coverage: number;
}

/** Enough to decide between passages about the same thing, too little to make one about something else. */
const framingWeight = 0.3;

/** The knowledge base and its full-text index (MiniSearch, BM25+). */
export class Knowledge {
  readonly passages: readonly Passage[];
  readonly #byId: ReadonlyMap<string, Passage>;
  readonly #index: MiniSearch<Passage>;
  readonly #frequency = new Map<string, number>();

  constructor(passages: readonly Passage[]) {
    this.passages = passages;
    this.#byId = new Map(passages.map((passage) => [passage.id, passage]));
    this.#index = new MiniSearch<Passage>({
      fields: ['question', 'askedAs', 'topic', 'text'],
      tokenize: wordsOf,
      processTerm: stem,
      searchOptions: {
        // `search` hands over stems.
        tokenize: (query) => query.split(' '),
        processTerm: (term) => term,
        boost: { question: 3, askedAs: 2 },
        prefix: (term) => term.length > 4,
        fuzzy: (term) => (term.length > 5 ? 0.2 : false),
        weights: { prefix: 0.6, fuzzy: 0.4 },
        boostTerm: (term) => (framing.has(term) ? framingWeight : 1),
      },
    });
    this.#index.addAll(passages);
    for (const { question, askedAs, topic, text } of passages) {
      const stems = new Set(wordsOf(`${question} ${askedAs} ${topic} ${text}`).map(stem));
      for (const word of stems) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
    }
  }

  /** @throws Error naming the file, where one is not as it has to be */
  static read(directory: string): Knowledge {
    return new Knowledge(readPassages(directory));
  }

  /** The passages that answer best, best first. */
  search(question: string, limit = 5): Found[] {
    const telling = tellingWords(question);
    const told = sum(telling.map((word) => this.#weight(word)));
    if (told === 0) return [];
    return this.#index
      .search([...telling, ...framingOf(question)].join(' '))
      .slice(0, limit)
      .flatMap(({ id, score, queryTerms }) => {
        const passage = this.#byId.get(String(id));
        if (passage === undefined) return [];
        const matched = new Set(queryTerms);
        const covered = sum(telling.filter((word) => matched.has(word)).map((word) => this.#weight(word)));
        return [{ passage, score, coverage: covered / told }];
      });
  }

  #weight(word: string): number {
    return Math.log(1 + this.passages.length / (0.5 + (this.#frequency.get(word) ?? 0)));
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

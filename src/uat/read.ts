import { nearest, readYaml, shown, type Path, type Problem, type Source } from '../config/index.ts';
import { innermost } from '../scenarios/index.ts';
import type { Act, Exchange, Expected, Sentence, UatFile, UatScenario, Visitor } from './scenario.ts';
import {
  acts,
  canonical,
  expectations,
  happenings,
  happeningsOf,
  type Happening,
  type Phrase,
} from './vocabulary.ts';

export type ReadUat =
  | { readonly ok: true; readonly file: UatFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const sizeLimit = 1_000_000;
const fileKeys = ['title', 'scenarios'];
const scenarioKeys = ['name', 'given', 'when', 'then', 'next'];
const exchangeKeys = ['when', 'then'];

/** Reads a file of acceptance scenarios. All mistakes are reported at once, each with its place. */
export function readUat(text: string, file: string): ReadUat {
  if (text.length > sizeLimit) {
    const whole = { file, line: 0, column: 0, path: '', suggestion: undefined };
    return {
      ok: false,
      problems: [{ ...whole, value: `${text.length} characters`, expected: 'at most 1 MB' }],
    };
  }
  const { value, source, problems } = readYaml(text, file);
  const reader = new Reader(source, [...problems]);
  // What is no YAML has no scenarios either, and says so already.
  const read = value === undefined && problems.length > 0 ? undefined : reader.file(value);
  return read === undefined || reader.problems.length > 0
    ? { ok: false, problems: reader.problems.toSorted((a, b) => a.line - b.line || a.column - b.column) }
    : { ok: true, file: read };
}

type Keys = Readonly<Record<string, unknown>>;

/** Reads on after a mistake, so that the others are found too; what it returns then is not used. */
class Reader {
  readonly problems: Problem[];
  readonly #source: Source;

  constructor(source: Source, problems: Problem[]) {
    this.#source = source;
    this.problems = problems;
  }

  file(value: unknown): UatFile | undefined {
    const { file } = this.#source;
    const keys = this.#keys(value, [], fileKeys, `a file of scenarios with ${fileKeys.join(' and ')}`);
    if (keys === undefined) return undefined;
    const title = keys['title'] === undefined ? file : this.#text(keys['title'], ['title']);
    const list = this.#list(keys['scenarios'], ['scenarios'], 'a list of scenarios, at least one');
    return { file, title, scenarios: list.flatMap(([entry, path]) => this.#scenario(entry, path) ?? []) };
  }

  #scenario(value: unknown, path: Path): UatScenario | undefined {
    const keys = this.#keys(value, path, scenarioKeys, `a scenario with ${scenarioKeys.join(', ')}`);
    if (keys === undefined) return undefined;
    const happened = new Set<Happening>();
    const exchanges = [this.#exchange(keys, path, happened)];
    if (keys['next'] !== undefined) {
      const list = this.#list(
        keys['next'],
        [...path, 'next'],
        'a list of what she does next, each with when and then',
      );
      for (const [entry, at] of list) {
        const next = this.#keys(entry, at, exchangeKeys, 'when and then');
        if (next !== undefined) exchanges.push(this.#exchange(next, at, happened));
      }
    }
    return {
      name: this.#text(keys['name'], [...path, 'name']),
      file: this.#source.file,
      line: this.#source.valueAt(path).line,
      visitor: this.#visitor(keys['given'], [...path, 'given']),
      exchanges,
    };
  }

  #exchange(keys: Keys, path: Path, happened: Set<Happening>): Exchange {
    const before = this.problems.length;
    const checkOrder = (phrase: Phrase<unknown>, at: Path): void => {
      // What could not be read may have been what this one is about.
      if (this.problems.length === before) this.#checkOrder(phrase, happened, at);
    };
    const when = this.#sentences(keys['when'], [...path, 'when'], acts, (act: Act, phrase, at) => {
      checkOrder(phrase, at);
      for (const happening of happeningsOf(act)) happened.add(happening);
    });
    const then = this.#sentences(keys['then'], [...path, 'then'], expectations, (_: Expected, phrase, at) =>
      checkOrder(phrase, at),
    );
    if (this.problems.length > before) for (const happening of happenings) happened.add(happening);
    return { when, then };
  }

  #checkOrder(phrase: Phrase<unknown>, happened: ReadonlySet<Happening>, at: Path): void {
    if (phrase.after === undefined || happened.has(phrase.after)) return;
    const before: Readonly<Record<Happening, string>> = {
      answer: '“she asks: …” before it',
      feedback: '“she says that it helped” before it',
      history: '“she reads her conversation again” before it',
      response: '“she requests: …” or “she asks: …” before it',
      page: '“she opens the page: …” before it',
    };
    this.#problem(at, `“${phrase.words}”`, before[phrase.after], undefined, 'key');
  }

  /** Sentences are keys of one mapping, or entries of a list: words alone, or words with a value. */
  #sentences<Meaning>(
    value: unknown,
    path: Path,
    vocabulary: readonly Phrase<Meaning>[],
    onSentence: (meaning: Meaning, phrase: Phrase<Meaning>, at: Path) => void,
  ): readonly Sentence<Meaning>[] {
    const entries: (readonly [words: string, value: unknown, at: Path])[] = [];
    const add = (entry: unknown, at: Path): void => {
      if (typeof entry === 'string') entries.push([entry, undefined, at]);
      else if (isKeys(entry)) {
        for (const [words, given] of Object.entries(entry)) entries.push([words, given, [...at, words]]);
      } else this.#problem(at, shown(entry), sentenceExpected(vocabulary));
    };
    if (Array.isArray(value)) value.forEach((entry, index) => add(entry, [...path, index]));
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0))
      this.#problem(path, 'nothing', sentenceExpected(vocabulary), undefined, 'key');
    else if (!Array.isArray(value)) add(value, path);
    return entries.flatMap(([words, given, at]) => {
      const phrase = this.#phrase(words, given, at, vocabulary);
      if (phrase === undefined) return [];
      const meaning = this.#meaning(phrase, given, at);
      if (meaning === undefined) return [];
      onSentence(meaning.value, phrase, at);
      return [{ words: sentence(words, given), line: this.#source.keyAt(at).line, meaning: meaning.value }];
    });
  }

  #phrase<Meaning>(
    words: string,
    given: unknown,
    at: Path,
    vocabulary: readonly Phrase<Meaning>[],
  ): Phrase<Meaning> | undefined {
    const wanted = canonical(words);
    const phrase = vocabulary.find((each) => each.words === wanted);
    if (phrase === undefined) {
      // “the answer mentions 3MTT”, without the colon: the words are right, and what they are about is in them.
      const begun = vocabulary.find(
        (each) => each.value !== undefined && wanted.startsWith(`${each.words} `),
      );
      this.#problem(
        at,
        shown(words),
        begun === undefined
          ? `a sentence that is known here: ${vocabulary.map(spoken).join('; ')}`
          : `“${spoken(begun)}”`,
        begun === undefined
          ? nearest(
              wanted,
              vocabulary.map((each) => each.words),
            )
          : undefined,
        placeOf(words, at),
      );
      return undefined;
    }
    if (phrase.value === undefined && given !== undefined && given !== null) {
      this.#problem(at, shown(given), `“${phrase.words}” alone, without a value`);
      return undefined;
    }
    return phrase;
  }

  #meaning<Meaning>(
    phrase: Phrase<Meaning>,
    given: unknown,
    at: Path,
  ): { readonly value: Meaning } | undefined {
    if (phrase.value === undefined) return { value: phrase.meaning(undefined) };
    const parsed = phrase.value.safeParse(given ?? undefined);
    if (parsed.success) return { value: phrase.meaning(parsed.data) };
    for (const { path, message } of parsed.error.issues.flatMap(innermost)) {
      const inside = [...at, ...path.filter((part) => typeof part !== 'symbol')];
      const found = path.length === 0 ? shown(given ?? undefined) : undefined;
      this.#problem(inside, found, message);
    }
    return undefined;
  }

  #visitor(value: unknown, path: Path): Visitor {
    const visitor = { words: [] as string[], phone: false, language: undefined as string | undefined };
    const expected =
      'a new visitor; a visitor on a phone; a visitor who speaks: a language tag such as en-NG';
    const take = (words: string, given: unknown, at: Path): void => {
      visitor.words.push(sentence(words, given));
      switch (canonical(words)) {
        case 'a new visitor':
          return;
        case 'a visitor on a phone':
          visitor.phone = true;
          return;
        case 'a visitor who speaks':
          if (typeof given === 'string' && /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(given))
            visitor.language = given;
          else this.#problem(at, shown(given), 'a language tag such as en-NG');
          return;
        default:
          this.#problem(
            at,
            shown(words),
            expected,
            nearest(canonical(words), ['a new visitor', 'a visitor on a phone', 'a visitor who speaks']),
            placeOf(words, at),
          );
      }
    };
    const add = (entry: unknown, at: Path): void => {
      if (typeof entry === 'string') take(entry, undefined, at);
      else if (isKeys(entry))
        for (const [words, given] of Object.entries(entry)) take(words, given, [...at, words]);
      else this.#problem(at, shown(entry), expected);
    };
    if (Array.isArray(value)) value.forEach((entry, index) => add(entry, [...path, index]));
    else if (value === undefined) visitor.words.push('a new visitor');
    else add(value, path);
    return visitor;
  }

  #keys(value: unknown, path: Path, known: readonly string[], expected: string): Keys | undefined {
    if (!isKeys(value)) {
      this.#problem(path, value === undefined || value === null ? 'nothing' : shown(value), expected);
      return undefined;
    }
    for (const key of Object.keys(value).filter((name) => !known.includes(name))) {
      const at = [...path, key];
      this.#problem(
        at,
        `the unknown key ${shown(key)}`,
        `one of ${known.join(', ')}`,
        nearest(key, known),
        'key',
      );
    }
    return value;
  }

  #list(value: unknown, path: Path, expected: string): (readonly [entry: unknown, at: Path])[] {
    if (Array.isArray(value) && value.length > 0)
      return value.map((entry: unknown, index) => [entry, [...path, index]]);
    this.#problem(
      path,
      value === undefined || value === null ? 'nothing' : shown(value),
      expected,
      undefined,
      'key',
    );
    return [];
  }

  #text(value: unknown, path: Path): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.#problem(
      path,
      value === undefined ? 'nothing' : shown(value),
      'a text that is not empty',
      undefined,
      'key',
    );
    return '';
  }

  #problem(
    path: Path,
    value: string | undefined,
    expected: string,
    suggestion?: string,
    at: 'key' | 'value' = 'value',
  ): void {
    const { file } = this.#source;
    const place = at === 'key' ? this.#source.keyAt(path) : this.#source.valueAt(path);
    this.problems.push({ file, ...place, path: path.join('.'), value, expected, suggestion });
  }
}

function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A sentence with a value is a key; words alone are a value. */
function placeOf(words: string, at: Path): 'key' | 'value' {
  return at.at(-1) === words ? 'key' : 'value';
}

function sentenceExpected(vocabulary: readonly Phrase<unknown>[]): string {
  const [first] = vocabulary;
  return first === undefined ? 'a sentence' : `sentences, such as “${spoken(first)}”`;
}

function spoken({ words, value }: Phrase<unknown>): string {
  return value === undefined ? words : `${words}: …`;
}

/** A sentence as it is shown to people. */
function sentence(words: string, given: unknown): string {
  const flat = words.trim().replace(/\s+/g, ' ');
  if (given === undefined || given === null) return flat;
  const plain = (value: unknown): string =>
    typeof value === 'string' ? value.replace(/\s+/g, ' ') : JSON.stringify(value);
  return `${flat}: ${Array.isArray(given) ? given.map(plain).join('; ') : plain(given)}`;
}

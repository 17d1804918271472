import { nearest, shown, type Path } from '../config/index.ts';
import { innermost } from '../scenarios/index.ts';
import { isKeys, type Mistakes } from './mistakes.ts';
import type { Sentence } from './scenario.ts';
import { canonical, type Phrase } from './vocabulary.ts';

/** A sentence as it is written, and what it is about where it has a value. */
export interface Written {
  readonly words: string;
  readonly given: unknown;
  readonly at: Path;
}

/** Sentences are keys of one mapping, or entries of a list: words alone, or words with a value. */
export function readWritten(mistakes: Mistakes, value: unknown, path: Path, expected: string): Written[] {
  const written = (entry: unknown, at: Path): Written[] => {
    if (typeof entry === 'string') return [{ words: entry, given: undefined, at }];
    if (isKeys(entry))
      return Object.entries(entry).map(([words, given]) => ({ words, given, at: [...at, words] }));
    mistakes.add(at, shown(entry), expected);
    return [];
  };
  return Array.isArray(value)
    ? value.flatMap((entry, index) => written(entry, [...path, index]))
    : written(value, path);
}

/** Reads sentences of a vocabulary, at least one; `onSentence` hears of each that could be read, in order. */
export function readSentences<Meaning>(
  mistakes: Mistakes,
  value: unknown,
  path: Path,
  vocabulary: readonly Phrase<Meaning>[],
  onSentence: (meaning: Meaning, phrase: Phrase<Meaning>, at: Path) => void,
): readonly Sentence<Meaning>[] {
  const [first] = vocabulary;
  const expected = first === undefined ? 'a sentence' : `sentences, such as “${spoken(first)}”`;
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    mistakes.add(path, 'nothing', expected, undefined, 'key');
    return [];
  }
  return readWritten(mistakes, value, path, expected).flatMap((written) => {
    const phrase = phraseOf(mistakes, written, vocabulary);
    const meaning = phrase === undefined ? undefined : meaningOf(mistakes, written, phrase);
    if (phrase === undefined || meaning === undefined) return [];
    onSentence(meaning.value, phrase, written.at);
    const { line } = mistakes.source.keyAt(written.at);
    return [{ words: asSpoken(written), line, meaning: meaning.value }];
  });
}

function phraseOf<Meaning>(
  mistakes: Mistakes,
  written: Written,
  vocabulary: readonly Phrase<Meaning>[],
): Phrase<Meaning> | undefined {
  const wanted = canonical(written.words);
  const phrase = vocabulary.find(({ words }) => words === wanted);
  if (phrase === undefined) {
    // “the answer mentions 3MTT”, without the colon: the words are right, and what they are about is in them.
    const begun = vocabulary.find(
      ({ words, value }) => value !== undefined && wanted.startsWith(`${words} `),
    );
    if (begun === undefined) {
      const expected = `a sentence that is known here: ${vocabulary.map(spoken).join('; ')}`;
      const known = vocabulary.map(({ words }) => words);
      unknownWords(mistakes, written, expected, nearest(wanted, known));
    } else unknownWords(mistakes, written, `“${spoken(begun)}”`);
    return undefined;
  }
  if (phrase.value === undefined && written.given !== undefined && written.given !== null) {
    mistakes.add(written.at, shown(written.given), `“${phrase.words}” alone, without a value`);
    return undefined;
  }
  return phrase;
}

function meaningOf<Meaning>(
  mistakes: Mistakes,
  { given, at }: Written,
  phrase: Phrase<Meaning>,
): { readonly value: Meaning } | undefined {
  if (phrase.value === undefined) return { value: phrase.meaning(undefined) };
  const parsed = phrase.value.safeParse(given ?? undefined);
  if (parsed.success) return { value: phrase.meaning(parsed.data) };
  for (const { path, message } of parsed.error.issues.flatMap(innermost)) {
    const inside = [...at, ...path.filter((part) => typeof part !== 'symbol')];
    const found = path.length === 0 ? shown(given ?? undefined) : undefined;
    mistakes.add(inside, found, message);
  }
  return undefined;
}

export function unknownWords(
  mistakes: Mistakes,
  { words, at }: Written,
  expected: string,
  suggestion?: string,
): void {
  // A sentence with a value is a key; words alone are a value.
  mistakes.add(at, shown(words), expected, suggestion, at.at(-1) === words ? 'key' : 'value');
}

function spoken({ words, value }: Phrase<unknown>): string {
  return value === undefined ? words : `${words}: …`;
}

/** A sentence as it is shown to people. */
export function asSpoken({ words, given }: Written): string {
  const flat = words.trim().replace(/\s+/g, ' ');
  if (given === undefined || given === null) return flat;
  const plain = (value: unknown): string =>
    typeof value === 'string' ? value.replace(/\s+/g, ' ') : JSON.stringify(value);
  return `${flat}: ${Array.isArray(given) ? given.map(plain).join('; ') : plain(given)}`;
}

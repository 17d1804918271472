import { readYaml, type Path, type Problem } from '../config/index.ts';
import { Mistakes, type Keys } from './mistakes.ts';
import type { Exchange, UatFile, UatScenario } from './scenario.ts';
import { readSentences } from './sentences.ts';
import { readVisitor } from './visitor.ts';
import { acts, expectations, happenings, happeningsOf, type Happening, type Phrase } from './vocabulary.ts';

type ReadUat =
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
  const mistakes = new Mistakes(source, problems);
  // What is no YAML has no scenarios either, and says so already.
  const read = value === undefined && problems.length > 0 ? undefined : readFile(mistakes, value);
  return read === undefined || mistakes.problems.length > 0
    ? { ok: false, problems: mistakes.problems.toSorted((a, b) => a.line - b.line || a.column - b.column) }
    : { ok: true, file: read };
}

// What these return after a mistake is not used: they read on to find the others.

function readFile(mistakes: Mistakes, value: unknown): UatFile | undefined {
  const { file } = mistakes.source;
  const keys = mistakes.keys(value, [], fileKeys, `a file of scenarios with ${fileKeys.join(' and ')}`);
  if (keys === undefined) return undefined;
  const title = keys['title'] === undefined ? file : mistakes.text(keys['title'], ['title']);
  const list = mistakes.list(keys['scenarios'], ['scenarios'], 'a list of scenarios, at least one');
  return {
    file,
    title,
    scenarios: list.flatMap(([entry, path]) => readScenario(mistakes, entry, path) ?? []),
  };
}

function readScenario(mistakes: Mistakes, value: unknown, path: Path): UatScenario | undefined {
  const keys = mistakes.keys(value, path, scenarioKeys, `a scenario with ${scenarioKeys.join(', ')}`);
  if (keys === undefined) return undefined;
  const happened = new Set<Happening>();
  const exchanges = [readExchange(mistakes, keys, path, happened)];
  if (keys['next'] !== undefined) {
    const expected = 'a list of what she does next, each with when and then';
    for (const [entry, at] of mistakes.list(keys['next'], [...path, 'next'], expected)) {
      const next = mistakes.keys(entry, at, exchangeKeys, 'when and then');
      if (next !== undefined) exchanges.push(readExchange(mistakes, next, at, happened));
    }
  }
  return {
    name: mistakes.text(keys['name'], [...path, 'name']),
    file: mistakes.source.file,
    line: mistakes.source.valueAt(path).line,
    visitor: readVisitor(mistakes, keys['given'], [...path, 'given']),
    exchanges,
  };
}

/** @param happened what earlier exchanges of the scenario have brought about; this one adds to it */
function readExchange(mistakes: Mistakes, keys: Keys, path: Path, happened: Set<Happening>): Exchange {
  const before = mistakes.problems.length;
  const checkOrder = (phrase: Phrase<unknown>, at: Path): void => {
    // What could not be read may have been what this one is about.
    if (mistakes.problems.length > before) return;
    if (phrase.after === undefined || happened.has(phrase.after)) return;
    mistakes.add(at, `“${phrase.words}”`, beforeIt[phrase.after], undefined, 'key');
  };
  const when = readSentences(mistakes, keys['when'], [...path, 'when'], acts, (act, phrase, at) => {
    checkOrder(phrase, at);
    for (const happening of happeningsOf(act)) happened.add(happening);
  });
  const then = readSentences(mistakes, keys['then'], [...path, 'then'], expectations, (_, phrase, at) =>
    checkOrder(phrase, at),
  );
  if (mistakes.problems.length > before) for (const happening of happenings) happened.add(happening);
  return { when, then };
}

/** What has to stand before a sentence that is about something that has happened. */
const beforeIt: Readonly<Record<Happening, string>> = {
  answer: '“she asks: …” before it',
  feedback: '“she says that it helped” before it',
  history: '“she reads her conversation again” before it',
  response: '“she requests: …” or “she asks: …” before it',
  page: '“she opens the page: …” before it',
};

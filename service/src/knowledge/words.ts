/** The words of a text, in small letters. "UI/UX" is two words, "3MTT" is one, "1%-10%" is "1" and "10". */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Enough for questions of this kind: applying, applies, applied and apply are one word. */
export function stem(word: string): string {
  if (word.length < 5) return word.replace(/s$/, '');
  return word
    .replace(/(ies|ied|ying)$/, 'y')
    .replace(/(ing|ed|es|s)$/, '')
    .replace(/(?<=...)e$/, '');
}

/** How it is asked; a heading that asks in the same way answers better. */
export const framing: ReadonlySet<string> = new Set([
  'how',
  'not',
  'when',
  'where',
  'which',
  'who',
  'whom',
  'whose',
  'why',
]);

/** Tells nothing about what is asked; the programme's own name and country are in every passage. */
const common: ReadonlySet<string> = new Set(
  (
    'a about actually after afterwards all already also am an and any are as at be been being but by can could did do does doing for ' +
    'from get gets getting give go going had has have having hello her hi him his how i if in into is it its just ' +
    'kind know let like m many may me mean means might more most much must my need new no not now of on one or our out please ' +
    're really s she should so some still such t take taught teach tell than thank thanks that the their them then there these ' +
    'they this those to too up us use ve very want was we well were what when where which who whom whose why will ' +
    'with would you your 3mtt mtt programme program programmes programs nigeria nigerian nigerians'
  ).split(' '),
);

/** The stems of the words that tell what a question is about, each once, in their order. */
export function tellingWords(question: string): string[] {
  return [
    ...new Set(
      wordsOf(question)
        .filter((word) => !common.has(word))
        .map(stem),
    ),
  ];
}

/** The words of a question that tell how it is asked. */
export function framingOf(question: string): string[] {
  return [...new Set(wordsOf(question).filter((word) => framing.has(word)))];
}

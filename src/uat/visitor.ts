import { nearest, shown, type Path } from '../config/index.ts';
import type { Mistakes } from './mistakes.ts';
import type { Visitor } from './scenario.ts';
import { asSpoken, readWritten, unknownWords } from './sentences.ts';
import { canonical } from './vocabulary.ts';

const anybody = 'a new visitor';
const onPhone = 'a visitor on a phone';
const speaking = 'a visitor who speaks';
const expected = `${anybody}; ${onPhone}; ${speaking}: a language tag such as en-NG`;
/** As much of BCP 47 as browsers are given. */
const languageTag = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;

/** Who comes, from what stands under `given`. */
export function readVisitor(mistakes: Mistakes, value: unknown, path: Path): Visitor {
  if (value === undefined) return { words: [anybody], phone: false, language: undefined };
  const written = readWritten(mistakes, value, path, expected);
  let phone = false;
  let language: string | undefined;
  for (const one of written) {
    const words = canonical(one.words);
    switch (words) {
      case anybody:
        break;
      case onPhone:
        phone = true;
        break;
      case speaking:
        if (typeof one.given === 'string' && languageTag.test(one.given)) language = one.given;
        else mistakes.add(one.at, shown(one.given), 'a language tag such as en-NG');
        break;
      default:
        unknownWords(mistakes, one, expected, nearest(words, [anybody, onPhone, speaking]));
    }
  }
  return { words: written.map(asSpoken), phone, language };
}

import type { Found, Knowledge, Source } from '../knowledge/index.ts';
import { smallTalk } from './small-talk.ts';

/** What is answered, before anybody rephrases it. */
export interface Answer {
  readonly text: string;
  /** False: it says that it does not know, and where to ask. */
  readonly known: boolean;
  readonly sources: readonly Source[];
  /** What `text` was made of; empty where it is not out of the knowledge base. */
  readonly passages: readonly Found[];
  /** Other questions that the knowledge base answers. */
  readonly related: readonly string[];
  readonly handover: { readonly contact: string } | undefined;
}

/** Below these, a passage is about something else, and saying so is better than guessing. */
const leastCoverage = 0.5;
const leastScore = 5;
/** A second passage that is nearly as good is worth its words. */
const alsoGood = 0.85;
const mostPassages = 2;
const mostRelated = 3;

/** Answers out of the knowledge base, or says that it does not know. Pure: the same question has the same answer. */
export function answer(question: string, knowledge: Knowledge, contact: string): Answer {
  const talk = smallTalk(question);
  if (talk?.kind === 'said')
    return { text: talk.text, known: true, sources: [], passages: [], related: [], handover: undefined };
  const found = knowledge.search(talk?.ask ?? question);
  const good = found.filter(({ score, coverage }) => score >= leastScore && coverage >= leastCoverage);
  const [best] = good;
  if (best === undefined) {
    return {
      text:
        'I do not know that. I answer from public pages about 3MTT only, and would rather not guess. ' +
        `You can ask the programme itself: ${contact.replace(/^mailto:/, '')}`,
      known: false,
      sources: [],
      passages: [],
      related: [],
      handover: { contact },
    };
  }
  const told = good.filter(({ score }) => score >= best.score * alsoGood).slice(0, mostPassages);
  return {
    text: told.map(({ passage }) => passage.text).join('\n\n'),
    known: true,
    sources: unique(told.flatMap(({ passage }) => passage.sources)),
    passages: told,
    related: good
      .filter((one) => !told.includes(one))
      .slice(0, mostRelated)
      .map(({ passage }) => passage.question),
    handover: undefined,
  };
}

function unique(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [source.url, source])).values()];
}

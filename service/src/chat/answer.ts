import type { Found, Knowledge, Source } from '../knowledge/index.ts';

/** What is answered, before anybody rephrases it. */
export interface Answer {
  readonly text: string;
  /** False: it says that it does not know, and where to ask. */
  readonly known: boolean;
  readonly sources: readonly Source[];
  readonly passages: readonly Found[];
  readonly handover: { readonly contact: string } | undefined;
}

/** Below these, a passage is about something else, and saying so is better than guessing. */
const leastCoverage = 0.5;
const leastScore = 6;
/** A second passage that is nearly as good is worth its words. */
const alsoGood = 0.8;

const greeting = /^\W*(hi|hello|hey|good (morning|afternoon|evening)|salut|sannu|bawo|kedu)\b\W*$/i;
const overview = /\b(what|tell|explain|about)\b.*\b(3\s?mtt|programme|program)\b\W*$/i;

/** Answers out of the knowledge base, or says that it does not know. Pure: the same question has the same answer. */
export function answer(question: string, knowledge: Knowledge, contact: string): Answer {
  if (greeting.test(question)) {
    return {
      text: 'Hello! Ask me about 3MTT, Nigeria’s 3 Million Technical Talent programme: the skills, who can apply, how to apply, learning, or placement.',
      known: true,
      sources: [],
      passages: [],
      handover: undefined,
    };
  }
  const asked = overview.test(question) ? 'What is it overview aim three million technical talent' : question;
  const found = knowledge
    .search(asked)
    .filter(({ score, coverage }) => score >= leastScore && coverage >= leastCoverage);
  const [best] = found;
  if (best === undefined) {
    return {
      text: `I do not know that. I answer from public pages about 3MTT only, and would rather not guess. You can ask the programme itself: ${contact}`,
      known: false,
      sources: [],
      passages: [],
      handover: { contact },
    };
  }
  const told = found.filter(({ score }) => score >= best.score * alsoGood).slice(0, 2);
  return {
    text: told.map(({ passage }) => passage.text).join('\n\n'),
    known: true,
    sources: unique(told.flatMap(({ passage }) => passage.sources)),
    passages: told,
    handover: undefined,
  };
}

function unique(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [source.url, source])).values()];
}

import type { ChatProfile } from '../config/index.ts';
import { valueAt, type Answer } from '../scenarios/index.ts';

/** What the service said to a question. */
export interface ChatAnswer {
  readonly question: string;
  readonly text: string;
  /** `undefined` where the service does not say. */
  readonly known: boolean | undefined;
  readonly sources: readonly Citation[];
  readonly contact: string | undefined;
  readonly conversation: string | undefined;
  /** The identity of the answer, for feedback. */
  readonly message: string | undefined;
  readonly milliseconds: number;
}

/** A source: all that is said of it. */
export interface Citation {
  /** What people read: its title, or else whatever it has. */
  readonly title: string;
  readonly texts: readonly string[];
}

/** Reads an answer as `checks.uat.chat` describes it; a text where there is none to read. */
export function readAnswer(question: string, answer: Answer, chat: ChatProfile): ChatAnswer | string {
  if (answer.status < 200 || answer.status > 299) return `the service answered with status ${answer.status}`;
  let document: unknown;
  try {
    document = JSON.parse(answer.text);
  } catch {
    return 'the service did not answer in JSON';
  }
  const at = (path: string): unknown => {
    const found = valueAt(document, path);
    return found.found ? found.value : undefined;
  };
  const text = at(chat.answer);
  if (typeof text !== 'string') return `there is no text at "${chat.answer}" of what the service answered`;
  const known = at(chat.known);
  const sources = at(chat.sources);
  return {
    question,
    text,
    known: typeof known === 'boolean' ? known : undefined,
    sources: Array.isArray(sources) ? sources.map(citation) : [],
    contact: textOf(at(chat.contact)),
    conversation: textOf(at(chat.conversation)),
    message: textOf(at(chat.message)),
    milliseconds: answer.milliseconds,
  };
}

function citation(source: unknown): Citation {
  const texts = textsIn(source);
  const title = valueAt(source, 'title');
  return { title: (title.found ? textOf(title.value) : undefined) ?? texts[0] ?? '', texts };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** All texts of a JSON document, in their order. */
export function textsIn(document: unknown): readonly string[] {
  if (typeof document === 'string') return [document];
  if (typeof document !== 'object' || document === null) return [];
  return Object.values(document).flatMap(textsIn);
}

/** Whether a history has the answer with this feedback, wherever in it the answer is. */
export function keepsFeedback(
  history: unknown,
  feedback: { readonly message: string; readonly key: string; readonly helpful: boolean },
): boolean {
  if (typeof history !== 'object' || history === null) return false;
  const values: readonly unknown[] = Object.values(history);
  const isIt =
    !Array.isArray(history) &&
    values.some((value) => textOf(value) === feedback.message) &&
    (history as Readonly<Record<string, unknown>>)[feedback.key] === feedback.helpful;
  return isIt || values.some((value) => keepsFeedback(value, feedback));
}

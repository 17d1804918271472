import type { Config } from '../config.ts';
import type { Answer } from './answer.ts';

/**
 * Says an answer in other words; yields it in parts. Adds no fact: it is given the passages and nothing else.
 * @throws the signal's reason where it is aborted; an Error where the answer broke off in the middle
 */
export type Rephrase = (question: string, answer: Answer, signal: AbortSignal) => AsyncIterable<string>;

export interface RephraserOptions {
  /** Told of a language model that did not answer; the passages are then told as they stand. */
  readonly onFailure?: (error: unknown) => void;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;

/** Without a language model, and where external APIs are to be mocked: the passages as they stand. */
export function rephraser(
  config: Pick<Config, 'llm' | 'mockExternalApis'>,
  { onFailure = () => {}, timeoutMs = defaultTimeoutMs }: RephraserOptions = {},
): Rephrase {
  if (config.llm === undefined || config.mockExternalApis) return verbatim;
  return languageModel(config.llm, onFailure, timeoutMs);
}

/** Sentence by sentence, always the same: the deterministic stand-in of a language model. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream, like the one that it stands in for
const verbatim: Rephrase = async function* verbatim(_question, { text }) {
  yield* sentencesOf(text);
};

/** A full stop ends a sentence before a space only: "3mtt.nitda.gov.ng" and "1.5" are whole. */
export function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?]\s+)(?=\S)|(?<=\n)(?=\S)/);
}

const instructions =
  'Answer the question in plain, friendly words, from the passages alone. Add no fact, no link and no advice of ' +
  'your own. Keep dates, numbers and every remark that something may have changed. If the passages do not answer ' +
  'the question, say so.';

function languageModel(
  { url, model, apiKey }: NonNullable<Config['llm']>,
  onFailure: (error: unknown) => void,
  timeoutMs: number,
): Rephrase {
  const endpoint = new URL('chat/completions', url.endsWith('/') ? url : `${url}/`);
  return async function* rephrase(question, answer, signal) {
    // Small talk, and "I do not know", are not to be embellished.
    if (answer.passages.length === 0) {
      yield answer.text;
      return;
    }
    let told = false;
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({
          model,
          stream: true,
          temperature: 0,
          messages: [
            { role: 'system', content: instructions },
            { role: 'user', content: `Passages:\n${answer.text}\n\nQuestion: ${question}` },
          ],
        }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (!response.ok || response.body === null)
        throw new Error(`The language model at ${endpoint.origin} answered HTTP ${response.status}.`);
      for await (const part of deltasOf(response.body)) {
        told = true;
        yield part;
      }
      if (!told) throw new Error(`The language model at ${endpoint.origin} said nothing.`);
    } catch (error: unknown) {
      signal.throwIfAborted();
      // Half an answer cannot be taken back; none at all is replaced by the passages.
      if (told) throw new Error('The language model broke off.', { cause: error });
      onFailure(error);
      yield answer.text;
    }
  };
}

/** The text of a stream of chat completion chunks (server-sent events, ended by `[DONE]`). */
async function* deltasOf(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const data = /^data: ?(.+)$/.exec(line)?.[1];
      if (data === undefined || data === '[DONE]') continue;
      const { choices } = JSON.parse(data) as { choices?: { delta?: { content?: string | null } }[] };
      const content = choices?.[0]?.delta?.content;
      if (typeof content === 'string' && content !== '') yield content;
    }
  }
}

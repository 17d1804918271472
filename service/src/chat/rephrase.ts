import type { Config } from '../config.ts';
import type { Answer } from './answer.ts';

/** Says an answer in other words; yields it in parts. Never adds a fact: it is given the passages and nothing else. */
export type Rephrase = (question: string, answer: Answer, signal: AbortSignal) => AsyncIterable<string>;

const timeoutMs = 15_000;

export function rephraser(config: Pick<Config, 'llm' | 'mockExternalApis'>): Rephrase {
  return config.llm === undefined || config.mockExternalApis ? verbatim : openAiCompatible(config.llm);
}

/** The passages as they stand, sentence by sentence: without a language model, and as its stand-in. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream like the other one
const verbatim: Rephrase = async function* verbatim(_question, { text }) {
  for (const sentence of text.match(/[^.!?\n]+[.!?]*\s*|\n+/g) ?? [text]) yield sentence;
};

function openAiCompatible({ url, model, apiKey }: NonNullable<Config['llm']>): Rephrase {
  return async function* rephrase(question, answer, signal) {
    if (!answer.known || answer.passages.length === 0) {
      yield answer.text;
      return;
    }
    let told = false;
    try {
      const response = await fetch(new URL('chat/completions', url.endsWith('/') ? url : `${url}/`), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({
          model,
          stream: true,
          temperature: 0,
          messages: [
            {
              role: 'system',
              content:
                'Answer the question in plain, friendly words, from the passages alone. Add no fact. If they do not answer it, say so.',
            },
            { role: 'user', content: `Passages:\n${answer.text}\n\nQuestion: ${question}` },
          ],
        }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
      for await (const part of deltas(response.body)) {
        told = true;
        yield part;
      }
    } catch (error: unknown) {
      signal.throwIfAborted();
      // Half an answer cannot be taken back; none can be replaced by the passages themselves.
      if (told) throw error;
    }
    if (!told) yield answer.text;
  };
}

async function* deltas(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const data = /^data: ?(.+)$/.exec(line)?.[1];
      if (data === undefined || data === '[DONE]') continue;
      const { choices } = JSON.parse(data) as { choices?: { delta?: { content?: string } }[] };
      const content = choices?.[0]?.delta?.content;
      if (content !== undefined && content !== '') yield content;
    }
  }
}

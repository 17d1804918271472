import { codeSpan, escapeMarkdown, formatDuration, Summary } from '../github/index.ts';
import { failuresOf, type CheckRecord, type DoneRecord, type UatResult } from './result.ts';

/** A scenario as it went, to be read by people. `pictures` are addresses of images, by exchange. */
export function transcript(result: UatResult, pictures: readonly (readonly string[])[] = []): Summary {
  const { scenario, outcome, exchanges } = result;
  const text = new Summary();
  text.list(scenario.visitor.words.map((words) => `Given ${escapeMarkdown(words)}`));
  if (outcome.kind === 'skipped') text.paragraph(`Skipped: ${escapeMarkdown(outcome.why)}.`);
  exchanges.forEach(({ done, checks }, index) => {
    for (const record of done) tell(text, record);
    text.list(checks.map(checked));
    for (const picture of pictures[index] ?? []) text.raw(`![${picture.replace(/^.*\//, '')}](${picture})`);
  });
  return text;
}

function tell(text: Summary, { words, said, problem, milliseconds }: DoneRecord): void {
  const time = formatDuration(milliseconds);
  if (said?.kind === 'answer') {
    const { question, text: told, sources, contact, known } = said.answer;
    text.raw(`**She asks:** ${escapeMarkdown(question)}`);
    text.raw(quote(told));
    text.list([
      `after ${time}${known === undefined ? '' : known ? ', known' : ', not known'}`,
      ...sources.map(({ title }) => `source: ${escapeMarkdown(title)}`),
      ...(contact === undefined ? [] : [`contact: ${codeSpan(contact)}`]),
    ]);
  } else {
    text.raw(`**${escapeMarkdown(words)}** (${time})`);
    if (said !== undefined) {
      text.raw(`Status ${said.status}${said.body === '' ? '' : ':'}`);
      if (said.body !== '') text.code(said.body);
    }
  }
  if (problem !== undefined) text.list([`❌ ${escapeMarkdown(problem)}`]);
}

function quote(said: string): string {
  return said
    .split(/\r?\n/)
    .map((line) => `> ${escapeMarkdown(line)}`)
    .join('\n');
}

function checked({ words, failures }: CheckRecord): string {
  return failures.length === 0
    ? `✅ ${escapeMarkdown(words)}`
    : `❌ ${escapeMarkdown(words)} — ${failures.map(escapeMarkdown).join('; ')}`;
}

/** A scenario as it went, to be read by programs. Pictures are named by their files. */
export function transcriptJson(result: UatResult, pictures: readonly (readonly string[])[]): object {
  const { scenario, outcome, exchanges, milliseconds } = result;
  return {
    name: scenario.name,
    file: scenario.file,
    line: scenario.line,
    outcome: outcome.kind,
    ...(outcome.kind === 'skipped' ? { why: outcome.why } : {}),
    milliseconds: Math.round(milliseconds),
    given: scenario.visitor.words,
    exchanges: exchanges.map(({ done, checks }, index) => ({
      when: done.map((record) => ({ ...record, milliseconds: Math.round(record.milliseconds) })),
      then: checks,
      screenshots: pictures[index] ?? [],
    })),
    failures: failuresOf(result),
  };
}

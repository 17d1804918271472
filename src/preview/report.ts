import { codeSpan, escapeMarkdown, Summary } from '../github/index.ts';
import type { AspectChange, EnvironmentChange, Preview } from './compare.ts';

/** What the comment says besides the preview. */
export interface Around {
  /** Branch and commit that it is compared with. */
  readonly base: string;
  readonly baseCommit: string;
  /** The commit that was pushed. */
  readonly head: string;
  readonly runUrl: string;
  /** Why there is nothing to compare with: the base branch's file is not there, or has mistakes. */
  readonly baseProblem: string | undefined;
}

/** GitHub refuses longer comments. */
const longestComment = 65_536;
/** For the marker, and the word about what is left out. */
const room = 1_024;

/**
 * The preview as a comment. Whatever comes out of sluice.yml stands in code spans: there it is no Markdown, no link,
 * and mentions nobody. What does not fit is left out, the task definitions first, and that is said.
 */
export function previewMarkdown(preview: Preview, around: Around): string {
  const whole = written(preview, around, { definitions: true, aspects: true });
  if (whole.length <= longestComment - room) return whole;
  const word = `_It does not all fit into a comment; [the run's summary](${around.runUrl}) has the rest._`;
  for (const parts of [
    { definitions: false, aspects: true },
    { definitions: false, aspects: false },
  ]) {
    const shorter = `${written(preview, around, parts)}\n\n${word}`;
    if (shorter.length <= longestComment - room) return shorter;
  }
  return `### What merging this changes\n\n${word}`;
}

/** All of it, for the summary of the run, which may be longer. */
export function previewSummary(preview: Preview, around: Around): Summary {
  return new Summary().raw(written(preview, around, { definitions: true, aspects: true }));
}

function written(
  preview: Preview,
  around: Around,
  parts: { readonly definitions: boolean; readonly aspects: boolean },
): string {
  const { base, baseCommit, head, runUrl, baseProblem } = around;
  const summary = new Summary()
    .heading(3, 'What merging this changes')
    .paragraph(
      `${codeSpan(head.slice(0, 7))} against ${codeSpan(base)} at ${codeSpan(baseCommit.slice(0, 7))}. [The run](${runUrl})`,
    )
    .paragraph(deploysWords(preview, base));
  if (baseProblem !== undefined) summary.paragraph(`There is nothing to compare with: ${baseProblem}.`);
  summary.table(
    ['Environment', 'Trigger', 'sluice.yml'],
    preview.environments.map((environment) => [
      codeSpan(environment.name),
      codeSpan(environment.trigger),
      changeWords(environment),
    ]),
  );
  const changed = preview.environments.filter(({ kind }) => kind === 'changed' || kind === 'added');
  if (parts.aspects) summary.raw(aspectTables(changed).toString());
  if (parts.definitions) summary.raw(definitionTables(changed).toString());
  return summary.toString();
}

function deploysWords({ deploys }: Preview, base: string): string {
  if (deploys === undefined) return `A push to ${codeSpan(base)} deploys nothing.`;
  return `Merging it deploys to ${codeSpan(deploys.environment)}: ${deploys.stages.map(escapeMarkdown).join(' → ')}.`;
}

function changeWords({ kind, aspects, definition }: EnvironmentChange): string {
  switch (kind) {
    case 'same':
      return 'as before';
    case 'added':
      return '**new**';
    case 'removed':
      return '**gone**: nothing is deployed there any more, and what runs there goes on running';
    case 'changed': {
      const counted = definition?.kind === 'compared' ? definition.differences.length : 0;
      return [
        ...(aspects.length === 0 ? [] : [`${aspects.length} ${aspects.length === 1 ? 'aspect' : 'aspects'}`]),
        ...(counted === 0 ? [] : [`${counted} of the task definition`]),
        ...(definition?.kind === 'unknown' ? ['the task definition cannot be compared'] : []),
      ].join(', ');
    }
  }
}

function aspectTables(environments: readonly EnvironmentChange[]): Summary {
  const summary = new Summary();
  const changed = environments.filter(({ kind }) => kind === 'changed');
  const rows = changed.flatMap(({ name, aspects }) =>
    aspects.map(({ aspect, before, after }) => [codeSpan(name), aspect, cell(before), cell(after)]),
  );
  if (rows.length > 0)
    summary
      .heading(4, 'What changes in the matrix')
      .table(['Environment', 'Aspect', 'Before', 'After'], rows);
  for (const { name, aspects } of environments.filter(({ kind }) => kind === 'added')) {
    summary.details(`The new environment ${name}`, aspectTable(aspects));
  }
  return summary;
}

function aspectTable(aspects: readonly AspectChange[]): Summary {
  return new Summary().table(
    ['Aspect', ''],
    aspects.map(({ aspect, after }) => [aspect, cell(after)]),
  );
}

function definitionTables(environments: readonly EnvironmentChange[]): Summary {
  const summary = new Summary();
  for (const { name, definition } of environments) {
    if (definition?.kind === 'unknown') {
      summary.paragraph(
        `The task definition of ${codeSpan(name)} cannot be compared: ${codeSpan(definition.reason)}.`,
      );
    } else if (definition !== undefined && definition.differences.length > 0) {
      const rows = definition.differences.map(({ path, before, after }) => [
        codeSpan(path),
        cell(before),
        cell(after),
      ]);
      summary.details(
        `Task definition of ${name}: ${rows.length} ${rows.length === 1 ? 'difference' : 'differences'}`,
        new Summary().table(['Where', 'Before', 'After'], rows),
        true,
      );
    }
  }
  return summary.isEmpty
    ? summary
    : new Summary()
        .heading(4, 'What changes in the task definitions')
        .paragraph(
          'What the base branch would register, and what this would, for the same image. Variables of an environment cannot be seen from a pull request: their names stand for them.',
        )
        .raw(summary.toString());
}

function cell(value: string | undefined): string {
  return value === undefined || value === '' ? '–' : codeSpan(value);
}

/** What the comment says where the proposed sluice.yml has mistakes. */
export function mistakesMarkdown(mistakes: readonly string[], { head, runUrl }: Around): string {
  const shown = mistakes.slice(0, mostMistakes);
  const summary = new Summary()
    .heading(3, 'What merging this changes')
    .paragraph(
      `${codeSpan(head.slice(0, 7))} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`} in sluice.yml: nothing would be deployed. [The run](${runUrl})`,
    )
    .list(shown.map((mistake) => codeSpan(mistake.slice(0, 500))));
  if (mistakes.length > shown.length) summary.paragraph(`And ${mistakes.length - shown.length} more.`);
  return summary.toString();
}

const mostMistakes = 50;

import { codeSpan, escapeMarkdown } from '../github/index.ts';
import type { RecordedRelease } from '../promotion/index.ts';

const start = '<!-- sluice:deployments:start -->';
const end = '<!-- sluice:deployments:end -->';

/**
 * The notes of a release with a section that says where it was deployed. What people wrote stays as it is; the section
 * is replaced where there is one, and goes to the end where there is none. The same deployments give the same notes.
 */
export function withDeployments(notes: string, deployments: readonly RecordedRelease[]): string {
  const section = `${start}\n\n${table(deployments)}\n\n${end}`;
  const from = notes.indexOf(start);
  const to = notes.indexOf(end, from);
  if (from >= 0 && to >= 0) return notes.slice(0, from) + section + notes.slice(to + end.length);
  return notes.trim() === '' ? section : `${notes.trimEnd()}\n\n${section}`;
}

const words: Readonly<Record<RecordedRelease['standing'], string>> = {
  good: 'deployed',
  failed: 'failed, and kept out',
  open: 'under way',
  ended: 'not deployed',
};

/** Newest first, as the records are. */
function table(deployments: readonly RecordedRelease[]): string {
  const rows = deployments.map(({ environment, standing, since, digest, by, reason }) => [
    environment,
    words[standing],
    since ?? '',
    digest === undefined ? '' : codeSpan(digest),
    escapeMarkdown(by ?? ''),
    escapeMarkdown(reason ?? ''),
  ]);
  return [
    '### Deployments',
    '',
    '| Environment | Result | When | Digest | By | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

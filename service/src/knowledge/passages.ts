import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where a fact comes from, and when it was looked at. Dates are ISO dates. */
export interface Source {
  readonly title: string;
  readonly publisher: string;
  readonly url: string;
  /** The page's own date, where it tells one. */
  readonly published?: string;
  readonly checked: string;
}

/** One thing that is known, in its own words. */
export interface Passage {
  readonly id: string;
  readonly topic: string;
  readonly question: string;
  /** Other words in which the same is asked. */
  readonly askedAs: string;
  readonly text: string;
  readonly sources: readonly Source[];
}

const sourcesFile = 'sources.yml';
const sourcesSchema = z.record(
  z.string().regex(/^[a-z0-9-]+$/, { error: 'expected a name of small letters, digits and hyphens' }),
  z
    .strictObject({
      title: z.string().min(1),
      publisher: z.string().min(1),
      url: z.url({ protocol: /^https$/, error: 'expected an https:// URL' }),
      published: z.iso.date().optional(),
      checked: z.iso.date(),
    })
    // Normalised, so that it is ASCII wherever it is shown or sent.
    .transform(({ published, ...source }): Source => ({
      ...source,
      url: new URL(source.url).href,
      ...(published === undefined ? {} : { published }),
    })),
);

/**
 * Reads the knowledge base: `sources.yml`, and Markdown files that name its sources in [brackets]. `# ` is a topic,
 * `## ` a passage: its heading is the question that it answers, and a line `Asked as: …` other words for it.
 * @throws Error with every mistake, each with its file, where something is not as it has to be
 */
export function readPassages(directory: string): Passage[] {
  const names = readdirSync(directory).sort();
  const files = names.filter((name) => name.endsWith('.md'));
  if (files.length === 0) throw new Error(`The knowledge base is empty: ${directory} has no Markdown file.`);
  if (!names.includes(sourcesFile))
    throw new Error(`The knowledge base has no ${sourcesFile} in ${directory}.`);
  const read = (name: string): string => readFileSync(path.join(directory, name), 'utf8');
  const sources = parseSources(read(sourcesFile));
  const problems: string[] = [];
  const passages = files.flatMap((name) => parsePassages(name, read(name), sources, problems));
  const named = new Set(passages.flatMap((passage) => passage.sources));
  for (const [name, source] of Object.entries(sources))
    if (!named.has(source)) problems.push(`${sourcesFile}: no passage names the source ${name}`);
  if (problems.length > 0) throw new Error(`The knowledge base has mistakes:\n  ${problems.join('\n  ')}`);
  return passages;
}

function parseSources(content: string): Readonly<Record<string, Source>> {
  const parsed = sourcesSchema.safeParse(parse(content));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${sourcesFile} has mistakes:\n  ${problems.join('\n  ')}`);
}

const reference = / ?\[([a-z0-9-]+)\]/g;
const askedAsLine = /^Asked as: (.+)$/m;

/** Parses one file; what is wrong with it is added to `problems`. Pure. */
export function parsePassages(
  file: string,
  content: string,
  sources: Readonly<Record<string, Source>>,
  problems: string[],
): Passage[] {
  const topic = /^# (.+)$/m.exec(content)?.[1];
  if (topic === undefined) problems.push(`${file}: no topic, a line that begins with "# "`);
  const sections = content.split(/^## /m).slice(1);
  return sections.map((section, index) => {
    const [question = '', ...rest] = section.split('\n');
    const body = rest.join('\n').replace(askedAsLine, '').trim();
    const names = [...new Set([...body.matchAll(reference)].map(([, name = '']) => name))];
    if (names.length === 0) problems.push(`${file}: "${question}" names no source`);
    for (const name of names)
      if (sources[name] === undefined)
        problems.push(`${file}: "${question}" names the source [${name}], which is not in ${sourcesFile}`);
    return {
      id: `${file.replace(/\.md$/, '')}-${index + 1}`,
      topic: topic ?? '',
      question: question.trim(),
      askedAs: askedAsLine.exec(section)?.[1] ?? '',
      text: body.replaceAll(reference, ''),
      sources: names.flatMap((name) => sources[name] ?? []),
    };
  });
}

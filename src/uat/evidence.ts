import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Summary } from '../github/index.ts';
import { writeJUnit } from '../junit/index.ts';
import { toTestCase, type UatResult } from './result.ts';
import { transcript, transcriptJson } from './transcript.ts';

/** What the evidence is about. */
export interface Subject {
  readonly service: string;
  readonly environment: string;
  readonly url: string;
  readonly version: string;
  readonly digest: string | undefined;
  /** The browser of the page checks; a text that says why there was none. */
  readonly browser: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/**
 * Writes the evidence: `README.md` with all transcripts, `transcripts.json`, `junit.xml`, and `screenshots/*.png`. What
 * was there before is removed.
 *
 * @returns the paths of the folder and of the JUnit report
 */
export async function writeEvidence(
  folder: string,
  subject: Subject,
  results: readonly UatResult[],
): Promise<{ readonly folder: string; readonly report: string }> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, 'screenshots'), { recursive: true });
  const pictures: (readonly (readonly string[])[])[] = [];
  for (const [index, result] of results.entries()) pictures.push(await writePictures(folder, index, result));

  const page = new Summary().heading(2, `Acceptance of ${subject.service} on ${subject.environment}`);
  page.table(
    ['', ''],
    Object.entries<string | undefined>({ ...subject }).map(([name, value]) => [name, value ?? '']),
  );
  results.forEach((result, index) => {
    page.heading(3, `${signOf(result)} ${result.scenario.name}`);
    page.paragraph(`${result.scenario.file}:${result.scenario.line}`);
    page.raw(transcript(result, pictures[index]).toString());
  });
  const scenarios = results.map((result, index) => transcriptJson(result, pictures[index] ?? []));
  const report = path.join(folder, 'junit.xml');
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
  await write('README.md', `${page.toString()}\n`);
  await write('transcripts.json', `${JSON.stringify({ ...subject, scenarios }, null, 2)}\n`);
  await write('junit.xml', writeJUnit('UAT Tests', results.map(toTestCase)));
  return { folder, report };
}

/** One name a picture: the scenario's and the exchange's number, and what it shows. */
async function writePictures(
  folder: string,
  scenario: number,
  { exchanges }: UatResult,
): Promise<readonly (readonly string[])[]> {
  const names: string[][] = [];
  for (const [exchange, { pictures }] of exchanges.entries()) {
    const ofExchange: string[] = [];
    for (const { of, png } of pictures) {
      const name = `screenshots/${scenario + 1}-${exchange + 1}-${of.replace(/[^a-z0-9]+/gi, '-')}.png`;
      await writeFile(path.join(folder, name), png);
      ofExchange.push(name);
    }
    names.push(ofExchange);
  }
  return names;
}

export function signOf({ outcome }: UatResult): string {
  switch (outcome.kind) {
    case 'passed':
      return '✅';
    case 'failed':
      return '❌';
    case 'skipped':
      return '⏭️';
  }
}

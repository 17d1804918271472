import { errorMessage } from '../github/index.ts';
import type { ScenarioRun } from '../scenarios/index.ts';
import type { Page } from './browser/index.ts';
import { judge, type PageFit, type PageView } from './judge.ts';
import type { Picture } from './result.ts';
import type { Exchange, Expected } from './scenario.ts';

export interface Looked {
  /** A text where it could not be looked at, and why. */
  readonly page: PageView | string | undefined;
  readonly pictures: readonly Picture[];
}

/** How long a page may take to show what it has to. */
const pageTimeoutMs = 10_000;
const lookEveryMs = 100;

/** Looks at a page until it shows what it has to, or for ten seconds; then pictures it, and measures its widths. */
export async function lookAt(
  page: Page,
  { then }: Exchange,
  { now, sleep, signal }: Pick<ScenarioRun, 'now' | 'sleep' | 'signal'>,
): Promise<Looked> {
  const awaited = then.filter(({ meaning }) => isAwaited(meaning));
  const deadline = now() + pageTimeoutMs;
  try {
    let view = await page.view();
    const isThere = (): boolean =>
      awaited.every(({ meaning }) => judge(meaning, { ...nothingElse, page: view }).length === 0);
    while (!isThere() && now() < deadline) {
      await sleep(lookEveryMs, signal);
      view = await page.view();
    }
    const pictures: Picture[] = [...(await picture(page))];
    const fits = new Map<number, PageFit>();
    for (const { meaning } of then) {
      if (meaning.kind !== 'page-fits') continue;
      const { fit, screenshot } = await page.fit(meaning.widthPx);
      fits.set(meaning.widthPx, fit);
      pictures.push({ of: `${meaning.widthPx} pixels wide`, png: screenshot });
    }
    return { page: { ...view, fits }, pictures };
  } catch (error) {
    signal.throwIfAborted();
    return { page: errorMessage(error), pictures: [] };
  }
}

/** A picture of a page, where it can still be taken: what failed is told elsewhere. */
export async function picture(page: Page): Promise<readonly Picture[]> {
  try {
    return [{ of: 'the page', png: await page.screenshot() }];
  } catch {
    return [];
  }
}

const nothingElse = {
  answer: undefined,
  feedbackKept: undefined,
  history: undefined,
  response: undefined,
  bindings: {},
};

/** What a page may still be on its way to. */
function isAwaited({ kind }: Expected): boolean {
  return kind === 'page-shows' || kind === 'title';
}

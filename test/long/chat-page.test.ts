import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { jest } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startService, type RunningService } from '../../service/src/testing/service.ts';

jest.setTimeout(60_000);

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);
if (executablePath === undefined) console.log('Skipped: what needs Chromium, which is not installed here.');

/** A function that runs in the page, which has no types here. */
const measurePage = readFileSync(path.join(import.meta.dirname, 'measure-page.js'), 'utf8')
  .replace(/^export default /m, '')
  .replace(/;\s*$/, '');

interface Measured {
  readonly overflows: readonly string[];
  readonly contrasts: readonly { readonly text: string; readonly ratio: number }[];
}

const delta = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

(executablePath === undefined ? describe.skip : describe)('the chat page, in a real browser', () => {
  let browser: Browser;
  let service: RunningService;
  let page: Page;
  let problems: string[];
  let model: Server;
  /** What the language model says, where a test has it. */
  let generate: ((response: ServerResponse) => void) | undefined;

  beforeAll(async () => {
    model = createServer((_request, response) => {
      if (generate === undefined) response.writeHead(503).end();
      else generate(response);
    }).listen(0, '127.0.0.1');
    await once(model, 'listening');
    const { port } = model.address() as AddressInfo;
    service = await startService({ RATE_LIMIT: '0', LLM_URL: `http://127.0.0.1:${port}/v1` });
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser.close();
    service.kill('SIGTERM');
    await service.exited;
    model.closeAllConnections();
    model.close();
  });
  beforeEach(async () => {
    generate = undefined;
    problems = [];
    const context = await browser.newContext({ viewport: { width: 375, height: 700 } });
    page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(service.url);
  });
  afterEach(() => page.context().close());

  const conversation = () => page.getByRole('list', { name: 'Conversation' });
  const feedback = () => page.getByRole('group', { name: 'Did this answer help?' });
  async function ask(question: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Your question' }).fill(question);
    await page.keyboard.press('Enter');
    await feedback().last().waitFor();
  }

  it('answers with the keyboard alone: skip link, question, thumb', async () => {
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the question');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Which skills can I learn?');
    await page.keyboard.press('Enter');
    await feedback().waitFor();
    const answer = conversation().getByRole('listitem').nth(1);
    expect(await answer.textContent()).toMatch(/^Answer: Twelve: software development/);
    expect(await answer.getByRole('link').first().getAttribute('href')).toMatch(/^https:\/\//);
    expect(await page.getByRole('status').textContent()).toMatch(/^Answer: Twelve/);
    // The field has the focus again; the thumb is what comes before the related questions and the field.
    await page.getByRole('button', { name: 'It helped' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'It helped', pressed: true }).waitFor();
    expect(problems).toEqual([]);
  });

  it('goes on from a question that it offers, and shows it all again after a reload', async () => {
    await page.getByRole('button', { name: 'Who can apply?' }).click();
    await feedback().waitFor();
    const related = page.getByRole('list', { name: 'Related questions' }).getByRole('button').first();
    const next = await related.textContent();
    await related.click();
    await feedback().nth(1).waitFor();
    await page.reload();
    await feedback().nth(1).waitFor();
    const said = await conversation().locator('.visitor').allTextContents();
    expect(said).toEqual(['You asked: Who can apply?', `You asked: ${next ?? ''}`]);
    expect(await page.getByRole('heading', { name: 'Source' }).count()).toBe(2);
    expect(problems).toEqual([]);
  });

  it('keeps a history, from which a conversation is opened and deleted', async () => {
    await ask('What is 3MTT?');
    await page.getByRole('button', { name: 'New' }).click();
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^What is 3MTT\?/ })
      .click();
    await feedback().waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Delete “What is 3MTT?”' }).click();
    await page.getByText('There are none yet.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('shows an answer as it comes, as text and never as HTML', async () => {
    let more: ServerResponse | undefined;
    generate = (response) => {
      more = response;
      response.write(delta('It is **free** <img src=x onerror=alert(1)> [x](javascript:alert(1))'));
    };
    await page.getByRole('button', { name: 'Does it cost anything?' }).click();
    await page.locator('.assistant strong').waitFor();
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(1);
    expect(await feedback().count()).toBe(0);
    more?.end(`${delta('\n\nThat is all.')}data: [DONE]\n\n`);
    await feedback().waitFor();
    expect(await page.locator('.assistant .text p').allTextContents()).toEqual([
      'It is free <img src=x onerror=alert(1)> [x](javascript:alert(1))',
      'That is all.',
    ]);
    expect(await page.locator('.assistant img').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('stops an answer when it is told to, and can be asked again', async () => {
    const stopped = Promise.withResolvers<undefined>();
    generate = (response) => {
      response.write(delta('It is '));
      response.on('close', () => stopped.resolve(undefined));
    };
    await page.getByRole('button', { name: 'Does it cost anything?' }).click();
    await page.getByText('It is').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Stopped.').first().waitFor();
    await stopped.promise;
    generate = undefined;
    await ask('Does it cost anything?');
    expect(await page.locator('.assistant').last().textContent()).toContain('free of charge');
  });

  it('says what went wrong, and tries again', async () => {
    await page.route('**/api/chat', (route) => route.abort());
    await page.getByRole('button', { name: 'Who can apply?' }).click();
    await page.getByText('The service could not be reached.').first().waitFor();
    await page.unroute('**/api/chat');
    await page.getByRole('button', { name: 'Try again' }).click();
    await feedback().waitFor();
  });

  it.each([320, 375, 768, 1280])(
    'fits a window of %i pixels, light and dark, with enough contrast',
    async (width) => {
      await page.setViewportSize({ width, height: 700 });
      await ask('How many places did each state have in the first phase?');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const { overflows, contrasts } = await page.evaluate<Measured>(`(${measurePage})()`);
        expect(overflows).toEqual([]);
        expect(contrasts.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
      }
    },
  );
});

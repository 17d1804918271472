import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The page's own scripts, which browsers load as they are. */
async function script<Exports>(name: string): Promise<Exports> {
  const file = path.join(import.meta.dirname, '..', '..', 'public', name);
  return (await import(pathToFileURL(file).href)) as Exports;
}

const { parse, isSafe } = await script<{
  parse: (text: string) => unknown;
  isSafe: (href: string) => boolean;
}>('markdown.js');
const { eventsOf } = await script<{
  eventsOf: (body: ReadableStream<Uint8Array>) => AsyncIterable<{ event: string; data: unknown }>;
}>('event-stream.js');

const text = (of: string) => ({ kind: 'text', text: of });
const link = (of: string, href: string) => ({ kind: 'link', text: of, href });
const paragraph = (...inlines: unknown[]) => ({ kind: 'p', inlines });

describe('the Markdown of an answer', () => {
  it.each<[string, unknown[]]>([
    ['', []],
    [
      'One.\nStill one.\n\nTwo.',
      [paragraph(text('One.'), text(' '), text('Still one.')), paragraph(text('Two.'))],
    ],
    [
      'All:\n- a\n* b\n1. c\n2) d',
      [
        paragraph(text('All:')),
        { kind: 'ul', items: [[text('a')], [text('b')]] },
        { kind: 'ol', items: [[text('c')], [text('d')]] },
      ],
    ],
    [
      'A **b** *c* `d`',
      [
        paragraph(
          text('A '),
          { kind: 'strong', text: 'b' },
          text(' '),
          { kind: 'em', text: 'c' },
          text(' '),
          { kind: 'code', text: 'd' },
        ),
      ],
    ],
    ['## A heading', [paragraph(text('A heading'))]],
    ['2 * 3 * 4', [paragraph(text('2 * 3 * 4'))]],
    [
      'See 3mtt.nitda.gov.ng, or https://example.org/a?b=1.',
      [
        paragraph(
          text('See '),
          link('3mtt.nitda.gov.ng', 'https://3mtt.nitda.gov.ng'),
          text(', or '),
          link('https://example.org/a?b=1', 'https://example.org/a?b=1'),
          text('.'),
        ),
      ],
    ],
    [
      'Write to help@example.org.',
      [paragraph(text('Write to '), link('help@example.org', 'mailto:help@example.org'), text('.'))],
    ],
    ['[The page](https://example.org)', [paragraph(link('The page', 'https://example.org'))]],
  ])('%j', (markdown, blocks) => {
    expect(parse(markdown)).toEqual(blocks);
  });

  it.each([
    '[x](javascript:alert)',
    '[x](data:text/html,x)',
    '[x](//example.org)',
    '<img src=x onerror=alert(1)>',
  ])('leaves %s as it was written', (markdown) => {
    expect(parse(markdown)).toEqual([paragraph(text(markdown))]);
  });

  it.each([
    ['https://example.org', true],
    ['mailto:a@b.c', true],
    ['javascript:alert(1)', false],
    ['JaVaScRiPt:alert(1)', false],
    [' javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['/relative', false],
  ])('opens %s: %s', (href, safe) => {
    expect(isSafe(href)).toBe(safe);
  });
});

describe('the events of an answer', () => {
  it('are read however they are cut', async () => {
    const bytes = new TextEncoder().encode(
      'event: delta\ndata: {"text":"Ẹ kú àárọ̀"}\n\nevent: done\ndata: {}\n\nevent: cut',
    );
    for (const size of [1, 2, 7, bytes.length]) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const events = [];
      for await (const event of eventsOf(body)) events.push(event);
      expect(events).toEqual([
        { event: 'delta', data: { text: 'Ẹ kú àárọ̀' } },
        { event: 'done', data: {} },
      ]);
    }
  });

  it('end the reading where nobody wants more', async () => {
    const cancelled = Promise.withResolvers<undefined>();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('event: a\ndata: 1\n\n')),
      cancel: () => cancelled.resolve(undefined),
    });
    for await (const { event } of eventsOf(body)) {
      expect(event).toBe('a');
      break;
    }
    await cancelled.promise;
  });
});

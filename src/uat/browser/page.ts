import { z } from 'zod';
import type { PageFit, PageView } from '../judge.ts';
import type { Visitor } from '../scenario.ts';
import type { DevTools, DevToolsEvent } from './devtools.ts';
import { PageErrors } from './errors.ts';
import { fitOf, focusField, look, nextFrame } from './in-page.ts';

/** A page in a browser, as one visitor sees it. */
export interface Page {
  /** @throws Error where it does not load within 30 s, or with a status of 400 or more */
  goto(address: URL): Promise<void>;
  /** Types into the first field of the page that takes text, and presses Enter. @throws Error where there is none */
  type(text: string): Promise<void>;
  /** What is there now. */
  view(): Promise<PageView>;
  /** The page on a screen of this width, and a picture of it; afterwards the screen is as it was. */
  fit(widthPx: number): Promise<{ readonly fit: PageFit; readonly screenshot: Buffer }>;
  /** PNG, of what is on the screen. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly visitor: Visitor;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

interface Screen {
  readonly width: number;
  readonly height: number;
  readonly mobile: boolean;
}

const desktop: Screen = { width: 1280, height: 800, mobile: false };
const phone: Screen = { width: 360, height: 740, mobile: true };
/** Below it a screen is a phone's. */
const widestPhonePx = 600;
const loadTimeoutMs = 30_000;

const identified = z.object({
  browserContextId: z.string().optional(),
  targetId: z.string().optional(),
  sessionId: z.string().optional(),
});

/** Opens an empty page for a visitor. */
export async function openPage(tools: DevTools, options: PageOptions): Promise<Page> {
  const { visitor, url, authorization, signal } = options;
  const ask = async (method: string, parameters: object = {}) =>
    identified.parse(await tools.send(method, parameters));
  const { browserContextId } = await ask('Target.createBrowserContext');
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank', browserContextId });
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, parameters: object = {}): Promise<unknown> =>
    tools.send(method, parameters, sessionId);
  const show = ({ width, height, mobile }: Screen): Promise<unknown> =>
    send('Emulation.setDeviceMetricsOverride', { width, height, mobile, deviceScaleFactor: mobile ? 2 : 1 });
  const screen = visitor.phone ? phone : desktop;

  const errors = new PageErrors();
  let onLoad: (() => void) | undefined;
  let documentStatus = 0;
  tools.listen(sessionId ?? '', (event) => {
    errors.take(event);
    if (event.method === 'Page.loadEventFired') onLoad?.();
    documentStatus = statusOfDocument(event, targetId) ?? documentStatus;
    // Neither is waited for: a page that has gone meanwhile does not want them any more.
    if (event.method === 'Page.javascriptDialogOpening')
      void send('Page.handleJavaScriptDialog', { accept: false }).catch(() => undefined);
    if (event.method === 'Fetch.requestPaused' && authorization !== undefined)
      void send('Fetch.continueRequest', authorized(event.params, authorization)).catch(() => undefined);
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await show(screen);
  if (visitor.phone) await send('Emulation.setTouchEmulationEnabled', { enabled: true });
  if (visitor.language !== undefined) {
    await send('Network.setExtraHTTPHeaders', { headers: { 'Accept-Language': visitor.language } });
    await send('Emulation.setLocaleOverride', { locale: visitor.language });
  }
  if (authorization !== undefined) {
    // Headers for all requests would tell it to every origin that the page loads from.
    await send('Fetch.enable', { patterns: [{ urlPattern: `${url.origin}/*` }] });
  }

  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = evaluated.parse(
      await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }),
    );
    if (exceptionDetails !== undefined)
      throw new Error(`The page could not be looked at: ${exceptionDetails.text}`);
    return result.value;
  };
  const screenshot = async (): Promise<Buffer> => {
    const { data } = z
      .object({ data: z.string() })
      .parse(await send('Page.captureScreenshot', { format: 'png' }));
    return Buffer.from(data, 'base64');
  };

  return {
    goto: async (address) => {
      const loaded = new Promise<void>((resolve) => (onLoad = resolve));
      documentStatus = 0;
      const { errorText, loaderId } = z
        .object({ errorText: z.string().optional(), loaderId: z.string().optional() })
        .parse(await send('Page.navigate', { url: address.href }));
      if (errorText !== undefined && errorText !== '')
        throw new Error(`${address.pathname} did not open: ${errorText}`);
      // To another place of the same page: nothing is loaded.
      if (loaderId === undefined) return;
      await withDeadline(
        loaded,
        `${address.pathname} was not loaded within ${loadTimeoutMs / 1000} s`,
        signal,
      );
      if (documentStatus >= 400)
        throw new Error(`${address.pathname} answered with status ${documentStatus}`);
    },
    type: async (text) => {
      if ((await evaluate(focusField)) !== true) throw new Error('The page has no field to type into');
      await send('Input.insertText', { text });
      const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', text: '\r', ...enter });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
    },
    view: async () => ({ ...viewed.parse(await evaluate(look)), errors: errors.all, fits: new Map() }),
    fit: async (widthPx) => {
      await show({ width: widthPx, height: screen.height, mobile: widthPx <= widestPhonePx });
      await evaluate(nextFrame);
      const fit = fitted.parse(await evaluate(fitOf(widthPx)));
      const picture = await screenshot();
      await show(screen);
      await evaluate(nextFrame);
      return { fit, screenshot: picture };
    },
    screenshot,
    close: async () => {
      await tools.send('Target.disposeBrowserContext', { browserContextId });
    },
  };
}

const evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.object({ text: z.string() }).optional(),
});
const viewed = z.object({ url: z.string(), title: z.string(), text: z.string() });
const fitted = z.object({ pageWidthPx: z.number(), standsOut: z.array(z.string()) });

const documentResponse = z.object({
  type: z.literal('Document'),
  frameId: z.string(),
  response: z.object({ status: z.number() }),
});

/** Of the page itself, whose frame is called as its target, and not of the frames in it. */
function statusOfDocument({ method, params }: DevToolsEvent, page: string | undefined): number | undefined {
  if (method !== 'Network.responseReceived') return undefined;
  const document = documentResponse.safeParse(params).data;
  return document?.frameId === page ? document?.response.status : undefined;
}

const pausedRequest = z.object({
  requestId: z.string(),
  request: z.object({ headers: z.record(z.string(), z.string()) }),
});

function authorized(parameters: unknown, authorization: string): object {
  const { requestId, request } = pausedRequest.parse(parameters);
  const headers = Object.entries({ ...request.headers, Authorization: authorization });
  return { requestId, headers: headers.map(([name, value]) => ({ name, value })) };
}

async function withDeadline(work: Promise<void>, late: string, signal: AbortSignal): Promise<void> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(late)), loadTimeoutMs);
  const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, never]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

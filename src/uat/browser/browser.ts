import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { buildEnvironment, errorMessage } from '../../github/index.ts';
import type { Visitor } from '../scenario.ts';
import { DevTools } from './devtools.ts';
import { openPage, type Page } from './page.ts';
import { trustedKey } from './trust.ts';

/** A browser that has started. */
export interface Browser {
  /** `Chrome/140.0.7339.80` */
  readonly version: string;
  /** A page of a visitor's own: what other visitors' pages have stored is not there. */
  open(visitor: Visitor): Promise<Page>;
  close(): Promise<void>;
}

interface BrowserOptions {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The service; no other origin gets the authorization. */
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}

const startTimeoutMs = 20_000;
const endTimeoutMs = 5_000;

/** Starts a browser without windows, with a profile of its own. @throws Error with what it printed */
export async function startBrowser(options: BrowserOptions): Promise<Browser> {
  const { executable, environment, url, authorization, signal } = options;
  signal.throwIfAborted();
  const profile = await mkdtemp(path.join(tmpdir(), 'sluice-browser-'));
  const child = spawn(executable, await switches(url, profile, environment), {
    env: buildEnvironment(environment),
    // 3 and 4: what it reads and what it writes, by --remote-debugging-pipe.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed = (printed + text).slice(-2000)));
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      printed += errorMessage(error);
      resolve();
    });
    child.once('close', () => resolve());
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });

  const tools = new DevTools(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const close = async (): Promise<void> => {
    const timer = setTimeout(kill, endTimeoutMs);
    // One that does not answer is killed by the timer.
    await tools.send('Browser.close').catch(() => undefined);
    await ended;
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    await rm(profile, { recursive: true, force: true, maxRetries: 3 });
  };
  const timer = setTimeout(kill, startTimeoutMs);
  try {
    const { product } = z.object({ product: z.string() }).parse(await tools.send('Browser.getVersion'));
    return {
      version: product,
      open: (visitor) => openPage(tools, { visitor, url, authorization, signal }),
      close,
    };
  } catch (error) {
    kill();
    await close();
    signal.throwIfAborted();
    throw new Error(`${executable} did not start: ${printed.trim()}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function switches(
  url: URL,
  profile: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const key = await trustedKey(url, environment);
  return [
    '--headless=new',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    // It speaks to the service, and to nobody of its own accord.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-extensions',
    '--disable-dev-shm-usage',
    '--mute-audio',
    '--force-color-profile=srgb',
    ...(key === undefined ? [] : [`--ignore-certificate-errors-spki-list=${key}`]),
    // Chrome refuses to run as root with its sandbox; containers of jobs run as root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    'about:blank',
  ];
}

import type { Config } from '../config/index.ts';
import { Failure } from '../github/index.ts';
import { probe } from './probe.ts';

export interface ExpectedVersion {
  readonly config: Pick<Config, 'container'>;
  readonly url: URL;
  /** Empty: any version will do. */
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Holds what answers at a URL to a version. A check asks before and after its work: where another release was deployed
 * meanwhile, or this one was taken back, what it found says nothing about the image.
 *
 * @throws Failure where another version answers, or none
 */
export async function expectVersion({
  config: {
    container: { version: at },
  },
  url,
  version: expected,
  headers,
  signal,
}: ExpectedVersion): Promise<void> {
  if (expected === '') return;
  const address = new URL(url.href.replace(/\/+$/, '') + at.path);
  const { version, problem } = await probe({ url: address, versionKey: at.json, headers }, fetch, signal);
  if (version === expected) return;
  throw new Failure(`Another version than ${expected} answers at ${url.origin}`, {
    where: address.pathname,
    why: problem ?? `it says that it is ${version ?? 'nothing'}`,
    remedy: 'Deploy it, and run this check when the deployment is done',
  });
}

import type { Traffic } from '../traffic.ts';

/** Whether what was deployed last still answers: a record alone does not say so after a restart. */
export type Standing =
  | { readonly kind: 'answers'; readonly words: string }
  | { readonly kind: 'silent'; readonly words: string }
  /** It is on no machine of ours, or was not asked. */
  | { readonly kind: 'recorded' };

const deadlineMs = 1_000;
/** A page that keeps itself up to date asks often; the service is asked less often. */
const freshMs = 3_000;

/** Asks the recorded addresses, on this machine alone. */
export class Standings {
  readonly #asked = new Map<string, { readonly at: number; readonly standing: Promise<Standing> }>();

  /** @param url the address that the deployment was recorded with */
  of(url: string | undefined, traffic: Traffic | undefined): Promise<Standing> {
    if (traffic !== undefined) return Promise.resolve(behind(traffic));
    if (url === undefined || !isOnThisMachine(url)) return Promise.resolve({ kind: 'recorded' });
    const known = this.#asked.get(url);
    if (known !== undefined && Date.now() - known.at < freshMs) return known.standing;
    const standing = ask(url);
    this.#asked.set(url, { at: Date.now(), standing });
    return standing;
  }
}

/** A load balancer knows how its targets are; a request more would be in its figures. */
function behind({ sides }: Traffic): Standing {
  const used = sides.filter(({ percent }) => percent > 0);
  const healthy = used.reduce((sum, side) => sum + side.healthyTargets, 0);
  const all = used.reduce((sum, side) => sum + side.targets, 0);
  const words = `${healthy} of ${all} targets healthy`;
  return { kind: healthy > 0 ? 'answers' : 'silent', words };
}

async function ask(url: string): Promise<Standing> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(deadlineMs) });
    await response.body?.cancel();
    return { kind: response.status < 500 ? 'answers' : 'silent', words: `answers ${response.status}` };
  } catch (error: unknown) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { kind: 'silent', words: isLate ? 'does not answer in time' : 'does not answer' };
  }
}

function isOnThisMachine(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
}

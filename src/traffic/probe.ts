/** What one request to the service's version page answered. */
export interface Answer {
  /** 0 where nothing answered. */
  readonly status: number;
  /** What it says it is; `undefined` where it does not say. */
  readonly version: string | undefined;
  readonly ms: number;
  /** Why there was no usable answer. */
  readonly problem: string | undefined;
}

export interface ProbeTarget {
  readonly url: URL;
  /** The key of the JSON that has the version. */
  readonly versionKey: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

const timeoutMs = 5_000;

/** Asks once. Never throws for what the service does: whatever happens is an answer. */
export async function probe(
  target: ProbeTarget,
  fetchIt: Fetch = fetch,
  signal?: AbortSignal,
): Promise<Answer> {
  const startedAt = performance.now();
  const limit = AbortSignal.timeout(timeoutMs);
  const took = (): number => Math.round(performance.now() - startedAt);
  try {
    const response = await fetchIt(target.url, {
      // A redirect is an answer of the front door, and not of the new version.
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        'cache-control': 'no-cache',
        // A new connection each time, so that a load balancer may choose another target.
        connection: 'close',
        ...target.headers,
      },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const body = await response.text();
    const base = { status: response.status, ms: took() };
    if (!response.ok) return { ...base, version: undefined, problem: refusalOf(response) };
    const version = versionIn(body, target.versionKey);
    return {
      ...base,
      version,
      problem: version === undefined ? `the answer has no "${target.versionKey}" in its JSON` : undefined,
    };
  } catch (error: unknown) {
    signal?.throwIfAborted();
    return { status: 0, version: undefined, ms: took(), problem: reasonOf(error) };
  }
}

/** A run of answers, as far as they count. */
export interface Streak {
  /** Good answers in a row, up to now. */
  readonly good: number;
  readonly asked: number;
  readonly last: Answer | undefined;
  /** How often each version answered; `(none)` for what was no answer. */
  readonly seen: Readonly<Record<string, number>>;
  /** The statuses from 500 on, each once. */
  readonly serverErrors: readonly number[];
}

export const noStreak: Streak = { good: 0, asked: 0, last: undefined, seen: {}, serverErrors: [] };

/**
 * One more answer: an answer of another version, or none, begins the count anew. Where no version is expected, any
 * answer with a good status counts.
 */
export function addAnswer(streak: Streak, answer: Answer, expected: string | undefined): Streak {
  const isGood =
    expected === undefined
      ? answer.status >= 200 && answer.status < 300
      : answer.problem === undefined && answer.version === expected;
  const who = answer.version ?? '(none)';
  return {
    good: isGood ? streak.good + 1 : 0,
    asked: streak.asked + 1,
    last: answer,
    seen: { ...streak.seen, [who]: (streak.seen[who] ?? 0) + 1 },
    serverErrors:
      answer.status >= 500 ? [...new Set([...streak.serverErrors, answer.status])] : streak.serverErrors,
  };
}

export interface ProveOptions {
  readonly target: ProbeTarget;
  /** `undefined`: any version. */
  readonly expected: string | undefined;
  /** How many good answers in a row are proof. */
  readonly answers: number;
  readonly deadlineMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly report: (state: string) => void;
  readonly fetch?: Fetch;
  readonly signal?: AbortSignal;
}

const quickMs = 100;
const slowMs = 1_000;

/** Asks until the expected version has answered often enough in a row, or the time is up. */
export async function prove(options: ProveOptions): Promise<{ proven: boolean; streak: Streak }> {
  const { target, expected, answers, now, signal } = options;
  const endsAt = now() + options.deadlineMs;
  let streak = noStreak;
  for (;;) {
    streak = addAnswer(streak, await probe(target, options.fetch, signal), expected);
    if (streak.good >= answers) return { proven: true, streak };
    const { last, good } = streak;
    options.report(
      good > 0
        ? `${target.url.href}: ${good} of ${answers} answers of the new version in a row`
        : `${target.url.href}: ${last?.problem ?? `version ${last?.version ?? '?'} answers`}`,
    );
    // Quick while it answers well, slower while it does not; jitter keeps several probes apart.
    const waitMs = (good > 0 ? quickMs : slowMs) * (0.75 + options.random() / 2);
    if (now() + waitMs > endsAt) return { proven: false, streak };
    await options.sleep(waitMs, signal);
  }
}

function refusalOf({ status, headers }: Response): string {
  const target = headers.get('location');
  return status >= 300 && status < 400 && target !== null
    ? `HTTP ${status} to ${target}; redirects are not followed`
    : `HTTP ${status}`;
}

function versionIn(body: string, key: string): string | undefined {
  try {
    const value = (JSON.parse(body) as Record<string, unknown> | null)?.[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing: the reason, and its code, are underneath. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = described(error);
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  if (cause === undefined) return message;
  const { code, message: reason } = described(cause);
  return code === '' ? `${message}: ${reason}` : `${code}${reason === '' ? '' : ` (${reason})`}`;
}

function described(error: unknown): {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly cause: unknown;
} {
  const { name, message, code, cause } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { name: text(name), message: text(message) || String(error), code: text(code), cause };
}

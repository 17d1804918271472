/** What a right answer is. */
export interface Expectation {
  /** `undefined`: 200 to 299. */
  readonly statuses: readonly number[] | undefined;
  /** `undefined`: it must not be empty. */
  readonly contains: string | undefined;
}

/** Why a request counts as failed. */
type Trouble =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'content' }
  | { readonly kind: 'timeout' }
  /** No whole answer came. `mayBeOurs`: this machine may be the reason. */
  | { readonly kind: 'connection'; readonly reason: string; readonly mayBeOurs: boolean };

/** One request and what became of it. */
export interface Exchange {
  /** `undefined`: it was answered as expected. */
  readonly trouble: Trouble | undefined;
  readonly bytes: number;
}

export interface Answer {
  readonly status: number;
  readonly bytes: number;
  /** Only where the expectation looks at it. */
  readonly text: string;
}

/** Answers of these have no body, by HTTP itself (RFC 9110, 15.3.5, 15.3.6 and 15.4.5). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Whether an answer is right. Its length says nothing: `ab` counts an answer that is longer than the first as failed,
 * and one that is an error page of the same length as good.
 */
export function troubleOf(answer: Answer, expected: Expectation, method: string): Trouble | undefined {
  const { status, bytes, text } = answer;
  const isRight = expected.statuses?.includes(status) ?? (status >= 200 && status < 300);
  if (!isRight) return { kind: 'status', status };
  if (expected.contains !== undefined) {
    return text.includes(expected.contains) ? undefined : { kind: 'content' };
  }
  return bytes > 0 || method === 'HEAD' || bodiless.has(status) ? undefined : { kind: 'empty' };
}

/** Whether a client that is too slow, or has run out of something, can be the reason. */
export function mayBeOurs(trouble: Trouble): boolean {
  switch (trouble.kind) {
    case 'status':
    case 'empty':
    case 'content':
      return false;
    case 'timeout':
      return true;
    case 'connection':
      return trouble.mayBeOurs;
  }
}

/** For people, and as the key under which troubles of the same kind are counted. */
export function describeTrouble(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'status':
      return `status ${trouble.status}`;
    case 'empty':
      return 'an empty answer';
    case 'content':
      return 'an answer without the expected text';
    case 'timeout':
      return 'no answer in time';
    case 'connection':
      return trouble.reason;
  }
}

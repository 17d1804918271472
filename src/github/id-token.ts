import { errorMessage, Failure } from './failure.ts';
import { retry, sleep } from './retry.ts';
import type { Runner } from './runner.ts';

/** Whether this job may ask GitHub for an identity (`permissions: id-token: write`). */
export function canRequestIdToken(environment: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(
    environment['ACTIONS_ID_TOKEN_REQUEST_URL'] && environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
  );
}

/**
 * Asks GitHub for a fresh OIDC token of this job; it is masked, and good for minutes. As
 * https://docs.github.com/en/actions/reference/security/oidc describes.
 *
 * @throws Failure where the job has no `id-token: write`, or GitHub does not answer.
 */
export async function requestIdToken(
  runner: Runner,
  audience: string,
  signal?: AbortSignal,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = runner.environment;
  if (!url || !token) {
    throw new Failure('GitHub gives this job no identity', {
      why: 'ACTIONS_ID_TOKEN_REQUEST_URL is not set',
      remedy:
        'Add "permissions: id-token: write" to the job, and to the job that calls the reusable workflow',
    });
  }
  const address = new URL(url);
  address.searchParams.set('audience', audience);
  const request = async (): Promise<string> => {
    const limit = AbortSignal.timeout(15_000);
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (!response.ok) throw new TokenRefused(response.status);
    const { value } = (await response.json()) as { value?: unknown };
    if (typeof value !== 'string' || value === '') throw new TokenRefused(response.status);
    runner.mask(value);
    return value;
  };
  try {
    return await retry(request, {
      attempts: 4,
      baseMs: 500,
      isTransient: (error) => !(error instanceof TokenRefused) || error.status >= 500 || error.status === 429,
      sleep,
      random: Math.random,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw new Failure('GitHub did not give this job an identity', { why: errorMessage(error), cause: error });
  }
}

class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly status: number;
  constructor(status: number) {
    super(`the token endpoint answered HTTP ${status}`);
    this.status = status;
  }
}

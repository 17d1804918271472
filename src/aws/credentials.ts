import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { canRequestIdToken, errorMessage, Failure, requestIdToken, type Runner } from '../github/index.ts';
import { classify, errorName } from './errors.ts';

export interface WebIdentityOptions {
  readonly runner: Runner;
  readonly role: string;
  /** What all clients have: region, limits, retries. */
  readonly client: Pick<
    STSClientConfig,
    'region' | 'customUserAgent' | 'retryMode' | 'maxAttempts' | 'requestHandler'
  >;
  /** Shown in CloudTrail: which run did it. */
  readonly sessionName: string;
}

const audience = 'sts.amazonaws.com';
const sessionSeconds = 3600;

/**
 * Assumes an environment's role with GitHub's OIDC token. The SDK asks again five minutes before they end, and a new
 * token can be had at any time in the job: credentials do not run out in a long wait.
 */
export function webIdentity({
  runner,
  role,
  client,
  sessionName,
}: WebIdentityOptions): AwsCredentialIdentityProvider {
  return async () => {
    const { STSClient, AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts');
    // The call is not signed: the token is what proves who asks. The pool of connections is everybody's, so the
    // client is not destroyed.
    const sts = new STSClient({ ...client, credentials: { accessKeyId: '', secretAccessKey: '' } });
    try {
      const { Credentials: issued } = await sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: role,
          RoleSessionName: sessionName,
          WebIdentityToken: await requestIdToken(runner, audience),
          DurationSeconds: sessionSeconds,
        }),
      );
      if (issued?.AccessKeyId === undefined || issued.SecretAccessKey === undefined) {
        throw new Failure('AWS gave no credentials', { where: role });
      }
      runner.mask(issued.SecretAccessKey);
      if (issued.SessionToken !== undefined) runner.mask(issued.SessionToken);
      return {
        accessKeyId: issued.AccessKeyId,
        secretAccessKey: issued.SecretAccessKey,
        ...(issued.SessionToken === undefined ? {} : { sessionToken: issued.SessionToken }),
        ...(issued.Expiration === undefined ? {} : { expiration: issued.Expiration }),
      };
    } catch (error: unknown) {
      if (error instanceof Failure) throw error;
      throw new Failure('The AWS role cannot be assumed', {
        where: role,
        why: errorMessage(error),
        remedy: remedyOf(error),
        cause: error,
      });
    }
  };
}

const renewEarlyMs = 5 * 60_000;

/** One set of credentials for all clients, asked for once and again shortly before it ends; never two at a time. */
export function shared(
  provider: AwsCredentialIdentityProvider,
  now: () => number,
): AwsCredentialIdentityProvider {
  let current: ReturnType<AwsCredentialIdentityProvider> | undefined;
  let endsAt = 0;
  return async () => {
    if (current === undefined || now() > endsAt - renewEarlyMs) {
      current = provider();
      endsAt = Number.POSITIVE_INFINITY;
    }
    try {
      const issued = await current;
      endsAt = issued.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
      return issued;
    } catch (error: unknown) {
      current = undefined;
      throw error;
    }
  };
}

/** Whether this job can assume a role with an identity of its own. */
export function canAssumeRoles(runner: Runner): boolean {
  return canRequestIdToken(runner.environment);
}

function remedyOf(error: unknown): string {
  if (classify(error) === 'denied') {
    return 'Let the role trust this repository and environment: docs/adopting.md, "Let GitHub in, without a key"';
  }
  if (errorName(error) === 'InvalidIdentityToken') {
    return 'Add GitHub as an OpenID Connect provider to the account: docs/adopting.md, "Let GitHub in, without a key"';
  }
  return 'Run the job again';
}

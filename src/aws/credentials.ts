import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { canRequestIdToken, errorMessage, Failure, requestIdToken, type Runner } from '../github/index.ts';
import { classify, errorName } from './errors.ts';

export interface WebIdentityOptions {
  readonly runner: Runner;
  readonly role: string;
  readonly region: string;
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
  region,
  sessionName,
}: WebIdentityOptions): AwsCredentialIdentityProvider {
  return async () => {
    const { STSClient, AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts');
    const sts = new STSClient({
      region,
      maxAttempts: 5,
      credentials: { accessKeyId: '', secretAccessKey: '' },
    });
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
    } finally {
      sts.destroy();
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

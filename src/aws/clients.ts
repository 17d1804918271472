import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { readContext, type Runner } from '../github/index.ts';
import { canAssumeRoles, shared, webIdentity } from './credentials.ts';

/** The AWS clients of a job, each made when it is first asked for. */
export interface Aws {
  readonly region: string;
  ecs(): Promise<ECSClient>;
  /** For calls that must not be repeated by the SDK: one that was not answered may have been applied. */
  ecsOnce(): Promise<ECSClient>;
  ecr(): Promise<ECRClient>;
  logs(): Promise<CloudWatchLogsClient>;
  secrets(): Promise<SecretsManagerClient>;
  sts(): Promise<STSClient>;
  /** Requests that were sent so far, repeated ones counted again. */
  readonly calls: () => number;
}

export interface AwsOptions {
  readonly runner: Runner;
  readonly region: string;
  /** The role to assume; the job's own credentials where there is none, or no identity to assume it with. */
  readonly role: string | undefined;
}

/** The pack's major version, as users pin it. */
const userAgent: [string, string] = ['sluice', '1'];
const attempts = 8;

/**
 * Without these a call to a connection that died silently waits for ever: the SDK has no limit of its own, and only
 * warns of a long request unless it is told to throw.
 */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

export function connectAws({ runner, region, role }: AwsOptions): Aws {
  const requestHandler = new CountingHandler(timeouts);
  const common = {
    region,
    customUserAgent: [userAgent],
    retryMode: 'adaptive',
    maxAttempts: attempts,
    requestHandler,
  };
  const credentials: AwsCredentialIdentityProvider | undefined =
    role !== undefined && canAssumeRoles(runner)
      ? webIdentity({ runner, role, client: common, sessionName: sessionName(runner) })
      : undefined;
  const configuration = {
    ...common,
    ...(credentials === undefined ? {} : { credentials: shared(credentials, Date.now) }),
  };

  const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };

  return {
    region,
    calls: () => requestHandler.requests,
    ecs: once(async () => {
      const { ECSClient } = await import('@aws-sdk/client-ecs');
      return new ECSClient(configuration);
    }),
    ecsOnce: once(async () => {
      const { ECSClient } = await import('@aws-sdk/client-ecs');
      return new ECSClient({ ...configuration, retryMode: 'standard', maxAttempts: 1 });
    }),
    ecr: once(async () => {
      const { ECRClient } = await import('@aws-sdk/client-ecr');
      return new ECRClient(configuration);
    }),
    logs: once(async () => {
      const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
      return new CloudWatchLogsClient(configuration);
    }),
    secrets: once(async () => {
      const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
      return new SecretsManagerClient(configuration);
    }),
    sts: once(async () => {
      const { STSClient } = await import('@aws-sdk/client-sts');
      return new STSClient(configuration);
    }),
  };
}

/** One pool of connections for all clients, which counts what goes through it: each attempt is a request. */
class CountingHandler extends NodeHttpHandler {
  requests = 0;
  override handle(...request: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    this.requests += 1;
    return super.handle(...request);
  }
}

/** `sluice-REPOSITORY-RUN`, in the characters that STS allows. */
function sessionName(runner: Runner): string {
  const { repository, runId } = readContext(runner.environment);
  return `sluice-${repository}-${runId}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64);
}

import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
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
  /** Metrics and alarms. */
  cloudWatch(): Promise<CloudWatchClient>;
  secrets(): Promise<SecretsManagerClient>;
  /** Load balancers, their listeners' rules and target groups. */
  elb(): Promise<ElasticLoadBalancingV2Client>;
  ssm(): Promise<SSMClient>;
  iam(): Promise<IAMClient>;
  sts(): Promise<STSClient>;
  /**
   * AWS's own time, as of its last answer: the HTTP `Date`, in whole seconds, never ahead of AWS. Windows of metrics
   * are computed from it, so that a runner whose clock is off asks for the right minutes.
   *
   * @throws where nothing was answered yet
   */
  awsTime(): Date;
  /** Resolves once the first request has left. Never, where there is none. */
  underWay(): Promise<unknown>;
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
  const requestHandler = new WatchedHandler(timeouts);
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
    underWay: () => requestHandler.underWay.promise,
    awsTime: () => requestHandler.time(),
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
    cloudWatch: once(async () => {
      const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
      return new CloudWatchClient(configuration);
    }),
    secrets: once(async () => {
      const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
      return new SecretsManagerClient(configuration);
    }),
    elb: once(async () => {
      const { ElasticLoadBalancingV2Client } = await import('@aws-sdk/client-elastic-load-balancing-v2');
      return new ElasticLoadBalancingV2Client(configuration);
    }),
    ssm: once(async () => {
      const { SSMClient } = await import('@aws-sdk/client-ssm');
      return new SSMClient(configuration);
    }),
    iam: once(async () => {
      const { IAMClient } = await import('@aws-sdk/client-iam');
      return new IAMClient(configuration);
    }),
    sts: once(async () => {
      const { STSClient } = await import('@aws-sdk/client-sts');
      return new STSClient(configuration);
    }),
  };
}

/**
 * One pool of connections for all clients, which counts what goes through it (each attempt is a request), and reads
 * the time off the answers.
 */
class WatchedHandler extends NodeHttpHandler {
  readonly underWay = Promise.withResolvers<undefined>();
  requests = 0;
  #time: Date | undefined;

  override async handle(
    ...request: Parameters<NodeHttpHandler['handle']>
  ): Promise<Awaited<ReturnType<NodeHttpHandler['handle']>>> {
    this.requests += 1;
    const answering = super.handle(...request);
    // What is written goes out in the next turn of the event loop, after the connection is there.
    setImmediate(() => setImmediate(() => this.underWay.resolve(undefined)));
    const answer = await answering;
    // Node hands the names of headers on in lower case.
    const date = Date.parse(answer.response.headers['date'] ?? '');
    if (!Number.isNaN(date)) this.#time = new Date(date);
    return answer;
  }

  time(): Date {
    if (this.#time === undefined) throw new Error('AWS’s time is not known before its first answer.');
    return this.#time;
  }
}

/** `sluice-REPOSITORY-RUN`, in the characters that STS allows. */
function sessionName(runner: Runner): string {
  const { repository, runId } = readContext(runner.environment);
  return `sluice-${repository}-${runId}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64);
}

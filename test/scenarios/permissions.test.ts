import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Cloud } from '../../rehearsal/cloud/index.ts';
import type { Trial } from '../../rehearsal/cloud/trial.ts';
import { grantsFor, notCalls, type Deploying as WayOfDeploying } from '../../src/aws/permissions.ts';
import { deploying, type Deploying } from '../deploying/deploying.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

/** Where the prefix of a service's permissions is not the name of the service. */
const prefixes: Readonly<Record<string, string>> = {
  elbv2: 'elasticloadbalancing',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
};

/** What the actions call from now on, as permissions. The harness looks with clients of its own. */
function calledBy(cloud: Cloud): Set<string> {
  const called = new Set<string>();
  cloud.calls.listen((_phase, { service, operation, userAgent }) => {
    if (userAgent.includes('sluice/1')) called.add(`${prefixes[service] ?? service}:${operation}`);
  });
  // `build-image` logs in and finds the repository; its own scenarios prove that it does.
  return called.add('ecr:GetAuthorizationToken').add('ecr:DescribeRepositories');
}

/** Everybody may ask who they are. */
const asPermissions = (called: ReadonlySet<string>): string[] =>
  [...called].filter((action) => action !== 'sts:GetCallerIdentity').sort();

const granted = (way: WayOfDeploying): string[] =>
  grantsFor(way)
    .flatMap(({ actions }) => actions)
    .filter((action) => !notCalls.has(action))
    .sort();

/** Cancels a job half a second after a call, once. */
function interruptAt(cloud: Cloud, wanted: string, kill: (signal: NodeJS.Signals) => void): void {
  const stop = cloud.calls.listen((phase, { operation }) => {
    if (phase !== 'after' || operation !== wanted) return;
    stop();
    setTimeout(() => kill('SIGTERM'), 500);
  });
}

async function provisionHandedOver({ client }: Trial): Promise<void> {
  await new SecretsManagerClient(client).send(
    new CreateSecretCommand({ Name: 'shop/key', SecretString: 'a key' }),
  );
  await new SSMClient(client).send(
    new PutParameterCommand({ Name: '/shop/flag', Value: 'on', Type: 'String' }),
  );
}

describe('what the role may do', () => {
  let here: Deploying;
  beforeAll(async () => {
    here = await deploying();
    await provisionHandedOver(here.trial);
  });
  afterAll(() => here.end());

  it('is what rolling deployments call, in good and in bad times: nothing less, nothing more', async () => {
    const called = calledBy(here.trial.cloud);
    await here.deploy('good', '1.0.0');
    await here.deploy('crashing', '1.1.0');
    await here.deploy('unhealthy', '1.2.0', {
      onStart: (kill) => interruptAt(here.trial.cloud, 'UpdateService', kill),
    });
    const secrets = { KEY: { secretsManager: 'shop/key' }, FLAG: { parameter: '/shop/flag' } };
    const { outputs } = await here.deploy('good', '1.3.0', { keys: { secrets } });
    expect(outputs.state).toBe('deployed');
    expect(asPermissions(called)).toEqual(granted('rolling'));
  });
});

describe('what the role may do where traffic is shifted', () => {
  let here: Shifting;
  beforeAll(async () => {
    here = await shifting({
      deploy: {
        strategy: 'canary',
        steps: { percent: 50, every: '3m' },
        bake: '2m',
        gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['analysis'] },
        gateTimeout: '60m',
        analysis: { minimumRequests: 20 },
        alarms: ['shop-5xx'],
      },
      keys: { secrets: { KEY: { secretsManager: 'shop/key' }, FLAG: { parameter: '/shop/flag' } } },
    });
    const { client } = here.trial;
    await provisionHandedOver(here.trial);
    await new CloudWatchClient(client).send(
      new PutMetricAlarmCommand({
        AlarmName: 'shop-5xx',
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'HTTPCode_ELB_5XX_Count',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1_000_000,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      }),
    );
  });
  afterAll(() => here.end());

  it('is what they call, in good and in bad times: nothing less, nothing more', async () => {
    const called = calledBy(here.trial.cloud);
    const stopUsers = here.users();
    await here.release('good', '1.0.0');
    // Green dies with half of the traffic on it.
    await here.step('deploy', 'mortal', '1.1.0');
    const shift = here.step('shift-traffic', 'mortal', '1.1.0');
    await here.until('the first step', ({ lifecycleStage }) => lifecycleStage === 'PRODUCTION_TRAFFIC_SHIFT');
    here.kill();
    expect((await shift).exitCode).toBe(1);
    await here.step('deploy', 'good', '1.2.0', {
      onStart: (kill) => interruptAt(here.trial.cloud, 'UpdateService', kill),
    });
    await stopUsers();
    expect(asPermissions(called)).toEqual(granted('shifting'));
  }, 180_000);
});

import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { isWrite } from '../deploying/deploying.ts';
import { shifting, type Shifting } from '../deploying/shifting.ts';

const alarm = 'shop-5xx';

describe('a deployment that is refused', () => {
  let here: Shifting;
  beforeAll(async () => {
    here = await shifting({
      deploy: { strategy: 'blue-green', alarms: [alarm] },
      keys: { secrets: { KEY: { secretsManager: 'shop/key' } } },
    });
    await new CloudWatchClient(here.trial.client).send(
      new PutMetricAlarmCommand({
        AlarmName: alarm,
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'HTTPCode_ELB_5XX_Count',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      }),
    );
  });
  afterAll(() => here.end());

  const sound = (StateValue: 'ALARM' | 'OK') =>
    new CloudWatchClient(here.trial.client).send(
      new SetAlarmStateCommand({ AlarmName: alarm, StateValue, StateReason: 'a test' }),
    );

  it('writes nothing and gives all reasons at once; when all is mended, it deploys', async () => {
    await here.setWeights(60, 40);
    await sound('ALARM');
    const writes: string[] = [];
    const stop = here.trial.cloud.calls.listen((_phase, call) => {
      if (isWrite(call)) writes.push(call.operation);
    });
    const refused = await here.step('deploy', 'good', '1.0.0');
    stop();

    expect(refused).toMatchObject({ exitCode: 1, outputs: { state: 'refused' } });
    for (const reason of [
      'There is no secret "shop/key" in Secrets Manager in eu-west-1',
      'splits the traffic, 60 % to shop-blue and 40 % to shop-green, and no deployment is doing so',
      `The alarm "${alarm}" is in ALARM already`,
      'aws elbv2 modify-rule --region eu-west-1',
      'aws secretsmanager create-secret --region eu-west-1 --name shop/key',
    ]) {
      expect(refused.summary).toContain(reason);
    }
    expect(writes).toEqual([]);
    await expect(here.state()).resolves.toEqual({
      taskDefinitions: 0,
      deployments: [],
      taskDefinition: undefined,
    });

    await here.setWeights(100, 0);
    await sound('OK');
    await new SecretsManagerClient(here.trial.client).send(
      new CreateSecretCommand({ Name: 'shop/key', SecretString: 'a key' }),
    );
    const deployed = await here.step('deploy', 'good', '1.0.0');
    expect(deployed.exitCode).toBe(0);
    expect((await here.state()).taskDefinition).toBe('shop-live:1');
  }, 120_000);
});

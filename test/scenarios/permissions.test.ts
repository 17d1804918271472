import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Cloud } from '../../rehearsal/cloud/index.ts';
import { grantsFor, notCalls, type Deploying as WayOfDeploying } from '../../src/aws/permissions.ts';
import { deploying, type Deploying } from '../deploying/deploying.ts';

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

describe('what the role may do', () => {
  let here: Deploying;
  beforeAll(async () => {
    here = await deploying();
    const { client } = here.trial;
    await new SecretsManagerClient(client).send(
      new CreateSecretCommand({ Name: 'shop/key', SecretString: 'a key' }),
    );
    await new SSMClient(client).send(
      new PutParameterCommand({ Name: '/shop/flag', Value: 'on', Type: 'String' }),
    );
  });
  afterAll(() => here.end());

  it('is what rolling deployments call, in good and in bad times: nothing less, nothing more', async () => {
    const called = calledBy(here.trial.cloud);
    await here.deploy('good', '1.0.0');
    await here.deploy('crashing', '1.1.0');
    let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
    const stop = here.trial.cloud.calls.listen((phase, { operation }) => {
      if (phase === 'after' && operation === 'UpdateService') setTimeout(() => interrupt('SIGTERM'), 500);
    });
    await here.deploy('unhealthy', '1.2.0', { onStart: (kill) => (interrupt = kill) });
    stop();
    const secrets = { KEY: { secretsManager: 'shop/key' }, FLAG: { parameter: '/shop/flag' } };
    const { outputs } = await here.deploy('good', '1.3.0', { keys: { secrets } });
    expect(outputs.state).toBe('deployed');
    expect(asPermissions(called)).toEqual(granted('rolling'));
  });
});

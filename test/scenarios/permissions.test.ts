import { grantsFor, notCalls } from '../../src/aws/permissions.ts';
import { deploying, type Deploying } from '../deploying/deploying.ts';

const granted = grantsFor('rolling').flatMap(({ actions }) => actions);

describe('what the role may do', () => {
  let here: Deploying;
  const called = new Set<string>();
  beforeAll(async () => {
    here = await deploying();
    here.trial.cloud.calls.listen((_phase, { service, operation }) => {
      // The harness looks with calls of its own; it uses the same client as nobody else.
      if (operation !== 'ListTaskDefinitions') called.add(`${service}:${operation}`);
    });
  });
  afterAll(() => here.end());

  it('is what deployments call, in good and in bad times: nothing less, nothing more', async () => {
    await here.deploy('good', '1.0.0');
    await here.deploy('crashing', '1.1.0');
    let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
    const stop = here.trial.cloud.calls.listen((phase, { operation }) => {
      if (phase === 'after' && operation === 'UpdateService') setTimeout(() => interrupt('SIGTERM'), 500);
    });
    await here.deploy('unhealthy', '1.2.0', { onStart: (kill) => (interrupt = kill) });
    stop();
    await here.deploy('good', '1.3.0', { secret: 'shop/key' });
    // `build-image` logs in and finds the repository; its own scenarios prove that it does.
    called.add('ecr:GetAuthorizationToken').add('ecr:DescribeRepositories');
    called.delete('sts:GetCallerIdentity');
    expect([...called].sort()).toEqual(granted.filter((action) => !notCalls.has(action)).sort());
  });
});

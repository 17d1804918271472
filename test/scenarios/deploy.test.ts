import { deploying, isWrite, type Deploying } from '../deploying/deploying.ts';

describe('deploying to ECS', () => {
  let here: Deploying;
  beforeEach(async () => {
    here = await deploying();
  });
  afterEach(() => here.end());

  it('given a good release, when it is deployed, then it serves, and each part of the proof holds', async () => {
    const { exitCode, outputs, summary } = await here.deploy('good', '1.0.0');
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ state: 'deployed', version: '1.0.0', url: here.url });
    expect(outputs.deployment).toMatch(/:service-deployment\/shop-dev\/shop\//);
    expect(summary).toContain('Deployed, and proven');
    expect(summary.match(/✅/g)).toHaveLength(4);
    expect(await here.answers()).toBe('1.0.0');
    expect(await here.state()).toEqual({
      taskDefinitions: 1,
      deployments: ['SUCCESSFUL'],
      taskDefinition: 'shop-development:1',
    });
  });

  it('given it is deployed already, when it is deployed again, then nothing is registered and nothing moves', async () => {
    await here.deploy('good', '1.0.0');
    const again = await here.deploy('good', '1.0.0');
    expect(again.exitCode).toBe(0);
    expect(again.outputs.state).toBe('deployed');
    expect(await here.state()).toMatchObject({ taskDefinitions: 1, deployments: ['SUCCESSFUL'] });
  });

  it('given a release that crashes at its start, then it is red with exit code, reason and log, and the old one serves', async () => {
    await here.deploy('good', '1.0.0');
    const { exitCode, outputs, summary } = await here.deploy('crashing', '1.1.0');
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('rolled-back');
    expect(summary).toContain('Rolled back');
    expect(summary).toContain('Essential container in task exited');
    expect(summary).toMatch(/\| 3 \|/);
    expect(summary).toContain('no key to sign with');
    expect(await here.answers()).toBe('1.0.0');
  });

  it('given a release that never gets healthy, then it is rolled back, and the summary says why', async () => {
    await here.deploy('good', '1.0.0');
    const { exitCode, outputs, summary } = await here.deploy('unhealthy', '1.1.0');
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('rolled-back');
    expect(summary).toContain('Task failed container health checks');
    expect(await here.answers()).toBe('1.0.0');
  });

  it('given a release that answers with another version, then ECS’s success is not believed', async () => {
    const { exitCode, outputs, summary, log } = await here.deploy('wrong-version', '1.0.0');
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('unproven');
    expect(summary).toContain('answers with version 1.0.0');
    expect(summary).toContain('0.0.0');
    expect(log).toContain('ECS reports success, and it is not proven');
    expect((await here.state()).deployments).toEqual(['SUCCESSFUL']);
  });

  it('given a secret that is not there, then nothing is touched, and the command that mends it is shown', async () => {
    const { exitCode, outputs, log, summary } = await here.deploy('good', '1.0.0', { secret: 'shop/key' });
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('refused');
    expect(log).toContain('There is no secret "shop/key" in Secrets Manager');
    expect(summary).toContain('aws secretsmanager create-secret');
    expect(await here.state()).toEqual({ taskDefinitions: 0, deployments: [], taskDefinition: undefined });
  });

  it('given the very first release crashes, then it is red and says that there is nothing to go back to', async () => {
    const { exitCode, outputs, summary } = await here.deploy('crashing', '1.0.0');
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('failed');
    expect(summary).toContain('no key to sign with');
  });

  it('given AWS throttles every operation for a while, then it waits and converges', async () => {
    here.trial.cloud.faults.add({
      service: '*',
      operation: '*',
      effect: { kind: 'throttle' },
      probability: 0.3,
      times: 12,
    });
    const { exitCode } = await here.deploy('good', '1.0.0');
    expect(exitCode).toBe(0);
    expect(await here.state()).toMatchObject({ taskDefinitions: 1, deployments: ['SUCCESSFUL'] });
  });

  it.each(['RegisterTaskDefinition', 'CreateService'])(
    'given the answer to %s is lost, then nothing is done twice',
    async (operation) => {
      here.trial.cloud.faults.add({ service: 'ecs', operation, effect: { kind: 'lose-answer' }, times: 1 });
      const { exitCode } = await here.deploy('good', '1.0.0');
      expect(exitCode).toBe(0);
      expect(await here.state()).toMatchObject({ taskDefinitions: 1, deployments: ['SUCCESSFUL'] });
    },
  );

  it('makes no call that changes anything before the preflight is through', async () => {
    const calls: string[] = [];
    here.trial.cloud.calls.listen((phase, call) => {
      if (phase === 'before') calls.push(isWrite(call) ? `write ${call.operation}` : call.operation);
    });
    await here.deploy('good', '1.0.0');
    const firstWrite = calls.findIndex((call) => call.startsWith('write'));
    expect(calls[firstWrite]).toBe('write RegisterTaskDefinition');
    for (const needed of [
      'DescribeClusters',
      'BatchGetImage',
      'DescribeLogGroups',
      'DescribeTaskDefinition',
      'GetRole',
    ]) {
      expect(calls.slice(0, firstWrite)).toContain(needed);
    }
  });
});

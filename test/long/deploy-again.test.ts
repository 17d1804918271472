import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { deploying, type Deploying, type Ended, type Kind } from '../deploying/deploying.ts';

/** Calls back once, before or after the next call of an operation. */
function at(
  here: Deploying,
  when: 'before' | 'after',
  operation: string,
  act: () => Promise<unknown> | undefined,
): void {
  const stop = here.trial.cloud.calls.listen(async (phase, call) => {
    if (phase !== when || call.operation !== operation) return;
    stop();
    await act();
  });
}

/** Deploys, and interrupts the job before or after its next call of an operation. */
async function interrupted(
  here: Deploying,
  when: 'before' | 'after',
  operation: string,
  { kind = 'good', answer = true }: { readonly kind?: Kind; readonly answer?: boolean } = {},
): Promise<Ended & { readonly tookMs: number }> {
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  let interruptedAt = 0;
  const gone = Promise.withResolvers<undefined>();
  at(here, when, operation, () => {
    interruptedAt = performance.now();
    kill('SIGINT');
    // Without an answer it is certain that the job learns of its cancellation first.
    return answer ? undefined : gone.promise;
  });
  const ended = await here.deploy(kind, '1.1.0', { onStart: (killIt) => (kill = killIt) });
  const tookMs = performance.now() - interruptedAt;
  gone.resolve(undefined);
  expect(interruptedAt).toBeGreaterThan(0);
  return { ...ended, tookMs };
}

describe('deploying where somebody, or something, was there before', () => {
  let here: Deploying;
  beforeEach(async () => {
    here = await deploying();
  });
  afterEach(() => here.end());

  it('given the first deployment failed for a reason that was mended since, then a second run starts another', async () => {
    const first = await here.deploy('gated', '1.0.0');
    expect(first.outputs.state).toBe('failed');
    expect(first.summary).toContain('the gate is closed');
    here.openGate();
    const second = await here.deploy('gated', '1.0.0');
    expect(second.exitCode).toBe(0);
    expect(await here.answers()).toBe('1.0.0');
    expect(await here.state()).toMatchObject({
      taskDefinitions: 1,
      deployments: ['SUCCESSFUL', 'ROLLBACK_FAILED'],
    });
  });

  it('given the answer to that second start is lost, then there is no third', async () => {
    await here.deploy('gated', '1.0.0');
    here.openGate();
    here.trial.cloud.faults.add({
      service: 'ecs',
      operation: 'UpdateService',
      effect: { kind: 'lose-answer' },
      times: 1,
    });
    expect((await here.deploy('gated', '1.0.0')).exitCode).toBe(0);
    expect((await here.state()).deployments).toEqual(['SUCCESSFUL', 'ROLLBACK_FAILED']);
  });

  it('given a release was rolled back, and is deployed again once mended, then its earlier failure is not taken for it', async () => {
    await here.deploy('good', '1.0.0');
    expect((await here.deploy('gated', '1.1.0')).outputs.state).toBe('rolled-back');
    here.openGate();
    const again = await here.deploy('gated', '1.1.0');
    expect(again.outputs.state).toBe('deployed');
    expect(await here.state()).toMatchObject({
      taskDefinitions: 2,
      deployments: ['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL', 'SUCCESSFUL'],
    });
  });

  it('given the version before is deployed again after a rollback to it, then nothing is registered and nothing moves', async () => {
    await here.deploy('good', '1.0.0');
    await here.deploy('crashing', '1.1.0');
    expect((await here.deploy('good', '1.0.0')).outputs.state).toBe('deployed');
    expect(await here.state()).toMatchObject({ taskDefinitions: 2, taskDefinition: 'shop-development:1' });
  });

  it.each(['before', 'after'] as const)(
    'given the runner was killed %s the service was created, then a second run converges on one deployment',
    async (when) => {
      let kill: (signal: NodeJS.Signals) => void = () => undefined;
      at(here, when, 'CreateService', () => {
        kill('SIGKILL');
        // The request of a process that died before it was sent is not applied.
        if (when === 'before') throw new Error('The runner was killed before this call.');
        return undefined;
      });
      const killed = await here.deploy('good', '1.0.0', { onStart: (killIt) => (kill = killIt) });
      expect(killed.exitCode).toBeUndefined();
      expect((await here.deploy('good', '1.0.0')).exitCode).toBe(0);
      expect(await here.state()).toMatchObject({ taskDefinitions: 1, deployments: ['SUCCESSFUL'] });
    },
  );

  it('given somebody else’s deployment is in progress, then it is waited for, and ours follows', async () => {
    await here.deploy('good', '1.0.0');
    // At the last call of the preflight: it cannot have ended when others are looked for.
    at(here, 'after', 'GetDownloadUrlForLayer', () => here.moveByHand('good', 'by-hand'));
    const { exitCode, log } = await here.deploy('good', '1.1.0');
    expect(exitCode).toBe(0);
    expect(log).toContain('Waiting for another deployment to end');
    expect(await here.answers()).toBe('1.1.0');
    expect((await here.state()).deployments).toEqual(['SUCCESSFUL', 'SUCCESSFUL', 'SUCCESSFUL']);
  });

  it('given a newer deployment takes over, then ours is superseded: neither a success nor a failure', async () => {
    await here.deploy('good', '1.0.0');
    at(here, 'after', 'DescribeServiceDeployments', () => here.moveByHand('good', '1.2.0'));
    const { exitCode, outputs, log } = await here.deploy('unhealthy', '1.1.0');
    expect(outputs.state).toBe('superseded');
    expect(exitCode).toBe(0);
    expect(log).toContain('::notice title=Superseded::');
  });

  it('given the service was scaled by hand, then its count is left alone', async () => {
    await here.deploy('good', '1.0.0', { keys: { network: { mode: 'bridge' }, url: 'http://127.0.0.1:1' } });
    const scale = (desiredCount: number) =>
      here.ecs.send(new UpdateServiceCommand({ cluster: 'shop-dev', service: 'shop', desiredCount }));
    await scale(0);
    const refused = await here.deploy('good', '1.1.0');
    expect(refused.outputs.state).toBe('refused');
    expect(refused.log).toContain('is scaled to zero');
    const updates: unknown[] = [];
    here.trial.cloud.calls.listen((phase, { operation, input }) => {
      if (phase === 'before' && operation === 'UpdateService') updates.push(input);
    });
    await scale(1);
    await here.deploy('good', '1.1.0');
    expect(updates.slice(1)).toEqual([
      expect.not.objectContaining({ desiredCount: expect.anything() as unknown }),
    ]);
  });

  it('given a task definition of the user’s own, then it is deployed with our image, version and secrets in it', async () => {
    const own = {
      family: 'their-shop',
      networkMode: 'bridge',
      requiresCompatibilities: ['EC2'],
      memory: '256',
      containerDefinitions: [
        {
          name: 'shop',
          image: 'replaced',
          portMappings: [{ containerPort: 8080, hostPort: Number(new URL(here.url).port) }],
          environment: [{ name: 'THEIRS', value: 'K=a=b' }],
        },
      ],
    };
    const how = { keys: { taskDefinition: 'task.json' }, files: { 'task.json': JSON.stringify(own) } };
    const first = await here.deploy('good', '1.0.0', how);
    expect(first.exitCode).toBe(0);
    expect(first.outputs['task-definition']).toMatch(/\/their-shop:1$/);
    const again = await here.deploy('good', '1.0.0', how);
    expect(again.outputs['task-definition']).toMatch(/\/their-shop:1$/);
    expect(await here.answers()).toBe('1.0.0');
  });

  it('given a permission is taken away half way, then the job is red, and names it', async () => {
    await here.deploy('good', '1.0.0');
    here.trial.cloud.faults.add({
      service: 'ecs',
      operation: 'DescribeServiceDeployments',
      effect: {
        kind: 'fail',
        error: 'AccessDeniedException',
        message: 'User: arn:x is not authorized to perform: ecs:DescribeServiceDeployments on resource: y',
        statusCode: 400,
      },
    });
    const { exitCode, outputs, log } = await here.deploy('good', '1.1.0');
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('unknown');
    expect(log).toContain('Allow the role ecs:DescribeServiceDeployments');
  });

  it('given it does not end in time, and ECS refuses the rollback, then it says both', async () => {
    await here.deploy('good', '1.0.0');
    here.trial.cloud.faults.add({
      service: 'ecs',
      operation: 'StopServiceDeployment',
      effect: { kind: 'fail', error: 'ConflictException', message: 'busy', statusCode: 400 },
    });
    const { exitCode, outputs, summary } = await here.deploy('unhealthy', '1.1.0', {
      keys: {
        deploy: {
          strategy: 'rolling',
          minimumHealthy: 0,
          maximum: 100,
          circuitBreaker: false,
          timeout: '1s',
        },
      },
    });
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('unknown');
    expect(summary).toContain('it did not finish in time, and ECS refused the rollback: busy');
  });

  it('given no circuit breaker, then a crash loop is given up after three tasks, and rolled back', async () => {
    await here.deploy('good', '1.0.0');
    const { outputs, summary } = await here.deploy('crashing', '1.1.0', {
      keys: { deploy: { strategy: 'rolling', minimumHealthy: 0, maximum: 100, circuitBreaker: false } },
    });
    expect(outputs.state).toBe('rolled-back');
    expect(summary).toContain('tasks in a row failed');
    expect(await here.answers()).toBe('1.0.0');
  });
});

describe('a job that is cancelled', () => {
  let here: Deploying;
  beforeEach(async () => {
    here = await deploying();
  });
  afterEach(() => here.end());

  it.each([
    ['DescribeClusters', 'before anything was touched'],
    ['RegisterTaskDefinition', 'before the service was touched'],
  ])('before %s leaves the service alone', async (operation, why) => {
    const { exitCode, outputs, summary, tookMs } = await interrupted(here, 'before', operation, {
      answer: false,
    });
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('cancelled');
    expect(summary).toContain(why);
    expect(tookMs).toBeLessThan(5_000);
    expect((await here.state()).deployments).toEqual([]);
  });

  it.each([
    ['after', 'RegisterTaskDefinition'],
    ['before', 'UpdateService'],
    ['after', 'UpdateService'],
    ['before', 'ListServiceDeployments'],
  ] as const)('%s %s leaves no deployment that nobody follows', async (when, operation) => {
    await here.deploy('good', '1.0.0');
    const { exitCode, outputs, tookMs } = await interrupted(here, when, operation, { kind: 'unhealthy' });
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('cancelled');
    expect(tookMs).toBeLessThan(5_000);
    const settled = await here.deploy('good', '1.0.0', { until: 'settled' });
    expect(settled.exitCode).toBe(0);
    expect(settled.outputs.state).toMatch(/^(ROLLBACK_)?SUCCESSFUL$/);
    expect(await here.answers()).toBe('1.0.0');
  });

  it('while the deployment is followed asks for the rollback, and the step after says how it ended', async () => {
    await here.deploy('good', '1.0.0');
    const { summary } = await interrupted(here, 'after', 'DescribeServiceDeployments', { kind: 'unhealthy' });
    expect(summary).toContain('the rollback was asked for');
    const settled = await here.deploy('good', '1.0.0', { until: 'settled' });
    expect(settled.outputs.state).toBe('ROLLBACK_SUCCESSFUL');
    expect(settled.summary).toContain('1 of 1 tasks of shop-development:1 run');
  });

  it('while AWS does not answer does not wait for it', async () => {
    await here.deploy('good', '1.0.0');
    const { exitCode, outputs, tookMs } = await interrupted(here, 'before', 'DescribeServiceDeployments', {
      kind: 'unhealthy',
      answer: false,
    });
    expect(exitCode).toBe(1);
    expect(outputs.state).toBe('cancelled');
    expect(tookMs).toBeLessThan(5_000);
  });

  it('in the very first deployment says that there is nothing to go back to', async () => {
    const { outputs, summary } = await interrupted(here, 'after', 'DescribeServiceDeployments', {
      kind: 'unhealthy',
    });
    expect(outputs.state).toBe('cancelled');
    expect(summary).toContain('there is nothing to go back to');
  });
});

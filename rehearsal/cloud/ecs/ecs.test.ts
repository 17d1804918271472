import { jest } from '@jest/globals';
import type { CreateServiceResponse, Task, UpdateServiceResponse } from '@aws-sdk/client-ecs';
import { rehearse, repository, type Rehearsal } from './testing/world.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let rehearsal: Rehearsal;

beforeEach(async () => {
  rehearsal = await rehearse();
  await rehearsal.call('CreateCluster', {});
});

afterEach(async () => {
  await rehearsal.stop();
  expect(rehearsal.log).toEqual([]);
});

/** Given a service of one task that runs version 1, whose host port is known. */
async function givenService(
  deploymentConfiguration: object = {},
  container: object = {},
): Promise<{ deployment: string | undefined }> {
  const taskDefinition = await rehearsal.register({}, container);
  const { service } = await rehearsal.call<CreateServiceResponse>('CreateService', {
    serviceName: 'chat',
    taskDefinition,
    desiredCount: 1,
    deploymentConfiguration,
  });
  const deployment = service?.currentServiceDeployment;
  await ended(deployment);
  return { deployment };
}

function ended(deployment: string | undefined): Promise<string> {
  return rehearsal.until('the deployment ends', async () => {
    const { status = '' } = await rehearsal.deployment(deployment);
    return (
      !['PENDING', 'IN_PROGRESS', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'].includes(status) && status
    );
  });
}

async function update(input: object): Promise<string | undefined> {
  const { service } = await rehearsal.call<UpdateServiceResponse>('UpdateService', {
    service: 'chat',
    ...input,
  });
  return service?.currentServiceDeployment;
}

/** A task that is RUNNING may need a moment before it listens. */
function answerOf(task: Task | undefined): Promise<string> {
  const port = task?.containers?.[0]?.networkBindings?.[0]?.hostPort;
  return rehearsal.until('an answer', () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.text(),
      () => undefined,
    ),
  );
}

const messagesOf = async (): Promise<string[]> =>
  ((await rehearsal.service()).events ?? []).map(({ message = '' }) => message).reverse();

describe('a rolling deployment', () => {
  it('starts a real process that answers, and tells the story of it', async () => {
    const { deployment } = await givenService();

    expect(await rehearsal.deployment(deployment)).toMatchObject({
      status: 'SUCCESSFUL',
      targetServiceRevision: { requestedTaskCount: 1, runningTaskCount: 1, pendingTaskCount: 0 },
      deploymentCircuitBreaker: { status: 'DISABLED', failureCount: 0, threshold: 3 },
    });
    const [task] = await rehearsal.tasks();
    expect(await answerOf(task)).toBe('1');
    const service = await rehearsal.service();
    expect(service).toMatchObject({
      runningCount: 1,
      pendingCount: 0,
      deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', failedTasks: 0 }],
    });
    expect(service.currentServiceDeployment).toBeUndefined();
    const taskId = task?.taskArn?.split('/').at(-1) ?? '';
    expect(await messagesOf()).toEqual([
      `(service chat) has started 1 tasks: (task ${taskId}).`,
      `(service chat) (deployment ${task?.startedBy}) deployment completed.`,
      '(service chat) has reached a steady state.',
    ]);
    expect(rehearsal.lines.get(`/service task/web/${taskId}`)).toEqual(['listening']);
  });

  it('replaces the old task by the new one, and proves the digest', async () => {
    await givenService();
    const [old] = await rehearsal.tasks();
    const next = await rehearsal.register({}, { environment: [{ name: 'VERSION', value: '2' }] });

    const deployment = await update({ taskDefinition: next });
    expect(await ended(deployment)).toBe('SUCCESSFUL');

    const tasks = await rehearsal.tasks();
    expect(await Promise.all(tasks.map(answerOf))).toEqual(['2']);
    const [stopped] = await rehearsal.tasks('STOPPED');
    expect(stopped).toMatchObject({
      taskArn: old?.taskArn,
      lastStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: `Scaling activity initiated by (deployment ${tasks[0]?.startedBy})`,
      containers: [{ exitCode: 0 }],
    });
    const { targetServiceRevision } = await rehearsal.deployment(deployment);
    const { serviceRevisions } = await rehearsal.call<{ serviceRevisions: object[] }>(
      'DescribeServiceRevisions',
      { serviceRevisionArns: [targetServiceRevision?.arn] },
    );
    expect(serviceRevisions).toMatchObject([
      {
        taskDefinition: next,
        containerImages: [
          { containerName: 'web', imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string },
        ],
      },
    ]);
  });

  it('is not started by an update that changes nothing, but by one that forces it', async () => {
    await givenService();
    const { taskDefinition } = await rehearsal.service();
    expect(await update({ taskDefinition })).toBeUndefined();
    expect(await ended(await update({ forceNewDeployment: true }))).toBe('SUCCESSFUL');
  });

  it('gives way to a newer one', async () => {
    await givenService();
    const hanging = await rehearsal.register({}, { healthCheck: { command: ['CMD', 'false'] } });
    const first = await update({ taskDefinition: hanging });
    const second = await update({ taskDefinition: await rehearsal.register() });
    expect(await ended(second)).toBe('SUCCESSFUL');
    expect((await rehearsal.deployment(first)).status).toBe('STOPPED');
  });

  it('with a static host port stops the old task before it starts the new one', async () => {
    const port = 20_000 + (process.pid % 10_000);
    const portMappings = [{ containerPort: 8080, hostPort: port }];
    await givenService({ minimumHealthyPercent: 0, maximumPercent: 100 }, { portMappings });
    const next = await rehearsal.register(
      {},
      { portMappings, environment: [{ name: 'VERSION', value: '2' }] },
    );
    expect(await ended(await update({ taskDefinition: next }))).toBe('SUCCESSFUL');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('2');
  });

  it('with a static host port and no leave to stop the old task cannot place the new one', async () => {
    const portMappings = [{ containerPort: 8080, hostPort: 20_000 + (process.pid % 10_000) }];
    await givenService({}, { portMappings });
    const deployment = await update({ taskDefinition: await rehearsal.register({}, { portMappings }) });
    await rehearsal.until('the event', async () =>
      (await messagesOf()).some((message) =>
        message.includes('is already using a port required by your task'),
      ),
    );
    expect((await rehearsal.deployment(deployment)).status).toBe('IN_PROGRESS');
    expect(await rehearsal.tasks()).toHaveLength(1);
  });
});

describe('a deployment that fails', () => {
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };

  it('is rolled back by the circuit breaker, to the tasks that are still there', async () => {
    await givenService(breaker);
    const [good] = await rehearsal.tasks();
    const broken = await rehearsal.register({}, { image: `${repository}:crashing` });

    const deployment = await update({ taskDefinition: broken });
    expect(await ended(deployment)).toBe('ROLLBACK_SUCCESSFUL');

    expect(await rehearsal.deployment(deployment)).toMatchObject({
      statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
      deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
      rollback: { serviceRevisionArn: expect.stringContaining(':service-revision/') as string },
    });
    expect((await rehearsal.tasks()).map(({ taskArn }) => taskArn)).toEqual([good?.taskArn]);
    expect((await rehearsal.service()).deployments).toMatchObject([
      { id: good?.startedBy, rolloutState: 'COMPLETED' },
    ]);
    const stopped = await rehearsal.tasks('STOPPED');
    expect(stopped).toHaveLength(3);
    expect(stopped[0]).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }],
    });
    expect(await messagesOf()).toEqual(
      expect.arrayContaining([
        `(service chat) (deployment ${stopped[0]?.startedBy}) deployment failed: tasks failed to start.`,
        `(service chat) rolling back to deployment ${good?.startedBy}.`,
      ]),
    );
  });

  it('is given up where the circuit breaker may not roll back, and leaves the old tasks alone', async () => {
    await givenService({ deploymentCircuitBreaker: { enable: true, rollback: false } });
    const broken = await rehearsal.register({}, { image: `${repository}:none` });
    const deployment = await update({ taskDefinition: broken });
    expect(await ended(deployment)).toBe('STOPPED');
    const [good] = await rehearsal.tasks();
    expect(await answerOf(good)).toBe('1');
    expect((await rehearsal.service()).deployments).toMatchObject([
      { status: 'PRIMARY', rolloutState: 'FAILED', failedTasks: 3 },
      { status: 'ACTIVE', rolloutState: 'COMPLETED' },
    ]);
    const [stopped] = await rehearsal.tasks('STOPPED');
    expect(stopped).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^CannotPullContainerError: .*service:none: not found$/) as string,
    });
  });

  it('has nothing to roll back to where it is the first', async () => {
    const taskDefinition = await rehearsal.register({}, { image: `${repository}:crashing` });
    const { service } = await rehearsal.call<CreateServiceResponse>('CreateService', {
      serviceName: 'chat',
      taskDefinition,
      desiredCount: 1,
      deploymentConfiguration: breaker,
    });
    expect(await ended(service?.currentServiceDeployment)).toBe('ROLLBACK_FAILED');
    expect((await rehearsal.deployment(service?.currentServiceDeployment)).statusReason).toBe(
      'No rollback candidate was found to run the rollback.',
    );
  });

  it('by its health check: such tasks count as failed', async () => {
    await givenService(breaker);
    const ill = await rehearsal.register(
      {},
      { healthCheck: { command: ['CMD-SHELL', 'exit 1'], interval: 5, retries: 1 } },
    );
    const deployment = await update({
      taskDefinition: ill,
      deploymentConfiguration: {
        deploymentCircuitBreaker: {
          enable: true,
          rollback: true,
          thresholdConfiguration: { type: 'COUNT', value: 1 },
        },
      },
    });
    expect(await ended(deployment)).toBe('ROLLBACK_SUCCESSFUL');
    expect(await rehearsal.tasks('STOPPED')).toMatchObject([
      {
        healthStatus: 'UNHEALTHY',
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Task failed container health checks',
      },
    ]);
  });

  it('for a secret that cannot be read says so', async () => {
    await givenService();
    const secrets = [{ name: 'KEY', valueFrom: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:key' }];
    await update({ taskDefinition: await rehearsal.register({}, { secrets }) });
    const [stopped] = await rehearsal.until('a stopped task', async () => {
      const tasks = await rehearsal.tasks('STOPPED');
      return tasks.some(({ lastStatus }) => lastStatus === 'STOPPED') && tasks;
    });
    expect(stopped?.stoppedReason).toMatch(/^ResourceInitializationError: unable to pull secrets/);
    expect(await messagesOf()).toContain(
      `(service chat) was unable to place a task. Reason: ${stopped?.stoppedReason}`,
    );
  });

  it('is rolled back on request, and asking twice is harmless', async () => {
    await givenService();
    const [good] = await rehearsal.tasks();
    const hanging = await rehearsal.register({}, { healthCheck: { command: ['CMD', 'false'] } });
    const serviceDeploymentArn = await update({ taskDefinition: hanging });
    await rehearsal.call('StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' });
    await rehearsal.call('StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' });
    expect(await ended(serviceDeploymentArn)).toBe('ROLLBACK_SUCCESSFUL');
    expect((await rehearsal.tasks()).map(({ taskArn }) => taskArn)).toEqual([good?.taskArn]);
    await expect(
      rehearsal.call('StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' }),
    ).rejects.toMatchObject({ name: 'ConflictException' });
  });
});

describe('a service', () => {
  const replacementOf = (old: Task | undefined): Promise<Task> =>
    rehearsal.until('another task runs', async () => {
      const tasks = await rehearsal.tasks();
      return tasks.find(({ taskArn, lastStatus }) => taskArn !== old?.taskArn && lastStatus === 'RUNNING');
    });

  it('replaces a task that dies, and one that somebody stops', async () => {
    await givenService();
    const [first] = await rehearsal.tasks();
    process.kill(Number(first?.containers?.[0]?.runtimeId), 'SIGKILL');
    const second = await replacementOf(first);
    expect(await answerOf(second)).toBe('1');
    await rehearsal.call('StopTask', { task: second.taskArn, reason: 'for a test' });
    const third = await replacementOf(second);
    expect(await answerOf(third)).toBe('1');
    const stopped = await rehearsal.tasks('STOPPED');
    expect(
      stopped.map(({ stopCode, stoppedReason, containers }) => [
        stopCode,
        stoppedReason,
        containers?.[0]?.exitCode,
      ]),
    ).toEqual([
      ['EssentialContainerExited', 'Essential container in task exited', 137],
      ['UserInitiated', 'for a test', 0],
    ]);
  });

  it('scales without a deployment', async () => {
    await givenService();
    expect(await update({ desiredCount: 3 })).toBeUndefined();
    await rehearsal.until('three tasks', async () => (await rehearsal.service()).runningCount === 3);
    await update({ desiredCount: 0 });
    await rehearsal.until('no task', async () => (await rehearsal.service()).runningCount === 0);
  });

  it('drains when it is deleted, and can be described after that', async () => {
    await givenService();
    await expect(rehearsal.call('DeleteService', { service: 'chat' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await rehearsal.call('DeleteService', { service: 'chat', force: true });
    await rehearsal.until('inactive', async () => (await rehearsal.service()).status === 'INACTIVE');
    await expect(update({ desiredCount: 1 })).rejects.toMatchObject({ name: 'ServiceNotActiveException' });
    await rehearsal.call('DeleteCluster', { cluster: 'default' });
  });

  it('comes back after a restart of the cloud', async () => {
    const portMappings = [{ containerPort: 8080, hostPort: 20_000 + (process.pid % 10_000) }];
    await givenService({ minimumHealthyPercent: 0, maximumPercent: 100 }, { portMappings });
    await rehearsal.ecs.stop();
    const saved = JSON.parse(JSON.stringify(rehearsal.ecs.save())) as ReturnType<typeof rehearsal.ecs.save>;
    const { directory } = rehearsal;
    rehearsal = await rehearse({ saved, directory });
    await rehearsal.until('it runs', async () => (await rehearsal.service()).runningCount === 1);
    expect((await rehearsal.service()).deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
  });
});

describe('RunTask', () => {
  it('runs a task to its end, once per client token', async () => {
    const taskDefinition = await rehearsal.register({}, { image: `${repository}:crashing` });
    const input = {
      taskDefinition,
      clientToken: 'one',
      startedBy: 'me',
      overrides: {
        containerOverrides: [{ name: 'web', command: ['-e', 'console.log("done:" + process.env.VERSION)'] }],
      },
    };
    const first = await rehearsal.call<{ tasks: Task[] }>('RunTask', input);
    const again = await rehearsal.call<{ tasks: Task[] }>('RunTask', input);
    expect(again.tasks[0]?.taskArn).toBe(first.tasks[0]?.taskArn);
    const [stopped] = await rehearsal.until('it ends', async () => {
      const tasks = await rehearsal.tasks('STOPPED');
      return tasks[0]?.lastStatus === 'STOPPED' && tasks;
    });
    expect(stopped).toMatchObject({ startedBy: 'me', group: 'family:chat', containers: [{ exitCode: 0 }] });
    const taskId = stopped?.taskArn?.split('/').at(-1) ?? '';
    expect(rehearsal.lines.get(`/service task/web/${taskId}`)).toEqual(['done:1']);
  });

  it('reports a host port that is taken', async () => {
    const hostPort = 20_000 + (process.pid % 10_000);
    const taskDefinition = await rehearsal.register(
      {},
      { portMappings: [{ containerPort: 8080, hostPort }] },
    );
    await rehearsal.call('RunTask', { taskDefinition });
    const { tasks, failures } = await rehearsal.call<{ tasks: Task[]; failures: object[] }>('RunTask', {
      taskDefinition,
    });
    expect(tasks).toEqual([]);
    expect(failures).toMatchObject([{ reason: 'RESOURCE:PORTS' }]);
  });
});

it('answers what is missing as ECS does', async () => {
  const taskDefinition = await rehearsal.register();
  await expect(
    rehearsal.call('DescribeServices', { cluster: 'none', services: ['a'] }),
  ).rejects.toMatchObject({ name: 'ClusterNotFoundException', message: 'Cluster not found.' });
  expect(await rehearsal.call('DescribeServices', { services: ['a'] })).toEqual({
    services: [],
    failures: [{ arn: 'arn:aws:ecs:eu-west-1:000000000000:service/default/a', reason: 'MISSING' }],
  });
  await expect(rehearsal.call('UpdateService', { service: 'a' })).rejects.toMatchObject({
    name: 'ServiceNotFoundException',
  });
  await rehearsal.call('DeregisterTaskDefinition', { taskDefinition });
  await expect(
    rehearsal.call('CreateService', { serviceName: 'a', taskDefinition, desiredCount: 1 }),
  ).rejects.toMatchObject({ name: 'ClientException', message: 'TaskDefinition is inactive' });
  await expect(
    rehearsal.call('CreateService', {
      serviceName: 'a',
      taskDefinition: await rehearsal.register(),
      desiredCount: 1,
      serviceRegistries: [{ registryArn: 'arn:aws:servicediscovery:eu-west-1:000000000000:service/srv' }],
    }),
  ).rejects.toMatchObject({ name: 'UnsupportedFeatureException' });
});

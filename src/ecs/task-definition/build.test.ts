import { environmentOf, release } from '../environment.fixture.ts';
import { buildTaskDefinition, definitionLabel, isRegisteredFrom, type TaskDefinition } from './build.ts';

const containerOf = (definition: TaskDefinition, index = 0) => definition.containerDefinitions![index]!;
const labelOf = (definition: TaskDefinition) => containerOf(definition).dockerLabels![definitionLabel];

describe('a task definition from sluice.yml', () => {
  it('has everything that ECS wants, in ECS’s units', () => {
    const environment = environmentOf(
      {
        aws: {
          region: 'eu-west-1',
          executionRole: 'arn:aws:iam::123456789012:role/execution',
          taskRole: 'arn:aws:iam::123456789012:role/task',
        },
        compute: { instance: 't3.micro', cpu: 256, memory: 512 },
        network: { mode: 'bridge', hostPort: 80 },
        variables: { LOG_LEVEL: 'DEBUG', PAIR: 'K=a=b', EMPTY: '' },
        secrets: {
          PLAIN: { literal: 'not-secret' },
          KEY: { secretsManager: 'shop/key' },
          FIELD: { secretsManager: 'shop/json', key: 'password' },
          PARAMETER: { parameter: '/shop/parameter' },
        },
      },
      { port: 3000, stopTimeout: '45s', health: { interval: '15s', timeout: '4s', unhealthyAfter: 5 } },
    );
    const definition = buildTaskDefinition(environment, release, {
      'shop/key': 'arn:key',
      'shop/json': 'arn:json',
    });
    expect(definition).toMatchObject({
      family: 'shop-development',
      networkMode: 'bridge',
      requiresCompatibilities: ['EC2'],
      cpu: '256',
      memory: '512',
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      taskRoleArn: 'arn:aws:iam::123456789012:role/task',
    });
    expect(containerOf(definition)).toMatchObject({
      name: 'shop',
      image: release.image,
      essential: true,
      portMappings: [{ containerPort: 3000, hostPort: 80, protocol: 'tcp' }],
      healthCheck: { interval: 15, timeout: 4, retries: 5 },
      stopTimeout: 45,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': '/ecs/shop/development',
          'awslogs-region': 'eu-west-1',
          'awslogs-stream-prefix': 'shop',
        },
      },
      environment: [
        { name: 'LOG_LEVEL', value: 'DEBUG' },
        { name: 'PAIR', value: 'K=a=b' },
        { name: 'EMPTY', value: '' },
        { name: 'PLAIN', value: 'not-secret' },
        { name: 'PORT', value: '3000' },
        { name: 'SLUICE_ENVIRONMENT', value: 'development' },
        { name: 'SLUICE_VERSION', value: '1.2.3' },
        { name: 'SLUICE_COMMIT', value: release.commit },
        { name: 'SLUICE_DIGEST', value: release.digest },
      ],
      secrets: [
        { name: 'KEY', valueFrom: 'arn:key' },
        { name: 'FIELD', valueFrom: 'arn:json:password::' },
        { name: 'PARAMETER', valueFrom: '/shop/parameter' },
      ],
    });
  });

  it('tells Fargate the platform that the image is for, and lets it have its own network', () => {
    const definition = buildTaskDefinition(
      environmentOf({ compute: {}, network: { subnets: ['subnet-0a1b2c3d'] } }),
      release,
      {},
    );
    expect(definition).toMatchObject({
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' },
    });
    expect(containerOf(definition).portMappings).toEqual([
      { containerPort: 8080, hostPort: 8080, protocol: 'tcp' },
    ]);
  });

  it('takes any free port of the instance where none is named', () => {
    const definition = buildTaskDefinition(environmentOf(), release, {});
    expect(containerOf(definition).portMappings?.[0]?.hostPort).toBe(0);
  });

  it('hands the database’s URL over as a secret', () => {
    const environment = environmentOf({ database: { engine: 'postgres', secret: 'shop/database' } });
    const definition = buildTaskDefinition(environment, release, { 'shop/database': 'arn:database' });
    expect(containerOf(definition).secrets).toEqual([{ name: 'DATABASE_URL', valueFrom: 'arn:database' }]);
  });

  it('asks for health through a shell that has no more than one of three programs', () => {
    const [kind, script] = containerOf(buildTaskDefinition(environmentOf(), release, {})).healthCheck!
      .command!;
    expect(kind).toBe('CMD-SHELL');
    expect(script).toContain('"http://127.0.0.1:${PORT:-8080}/health"');
  });
});

describe('a task definition of the user’s own', () => {
  const own = {
    family: 'their-shop',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/their-shop:7',
    revision: 7,
    status: 'ACTIVE',
    registeredAt: '2026-01-01T00:00:00Z',
    requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.docker-remote-api.1.19' }],
    futureField: { kept: true },
    containerDefinitions: [
      { name: 'sidecar', image: 'envoy', futureField: 1 },
      {
        name: 'shop',
        image: 'old',
        command: [],
        environment: [
          { name: 'THEIRS', value: 'a=b=c' },
          { name: 'SLUICE_VERSION', value: 'old' },
          { name: 'KEY', value: 'was plain' },
        ],
        secrets: [{ name: 'LOG_LEVEL', valueFrom: 'arn:was-secret' }],
        dockerLabels: { theirs: 'too' },
      },
    ],
  } as unknown as TaskDefinition;
  const environment = environmentOf({
    variables: { LOG_LEVEL: 'INFO' },
    secrets: { KEY: { secretsManager: 'shop/key' } },
  });
  const definition = buildTaskDefinition(environment, release, { 'shop/key': 'arn:key' }, own);

  it('keeps what is not ours, whether the SDK knows it or not, and deliberate empty lists', () => {
    expect(definition).toMatchObject({ family: 'their-shop', futureField: { kept: true } });
    expect(containerOf(definition, 0)).toEqual({ name: 'sidecar', image: 'envoy', futureField: 1 });
    expect(containerOf(definition, 1)).toMatchObject({ command: [], dockerLabels: { theirs: 'too' } });
  });

  it('loses what only answers carry', () => {
    expect(Object.keys(definition).sort()).toEqual(['containerDefinitions', 'family', 'futureField']);
  });

  it('gets the image, the variables and the secrets in the container of the service’s name', () => {
    const { image, environment: variables, secrets } = containerOf(definition, 1);
    expect(image).toBe(release.image);
    expect(variables).toContainEqual({ name: 'THEIRS', value: 'a=b=c' });
    expect(variables!.filter(({ name }) => name === 'SLUICE_VERSION')).toEqual([
      { name: 'SLUICE_VERSION', value: '1.2.3' },
    ]);
    expect(secrets).toEqual([{ name: 'KEY', valueFrom: 'arn:key' }]);
  });

  it('has no name as a variable and as a secret, which ECS refuses', () => {
    const { environment: variables, secrets } = containerOf(definition, 1);
    const names = [...variables!, ...secrets!].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('does not change what it was given', () => {
    const copy = structuredClone(own);
    buildTaskDefinition(environment, release, {}, own);
    expect(own).toEqual(copy);
  });
});

describe('whether a revision is this very release', () => {
  const environment = environmentOf({ variables: { A: '1', B: '2' } });
  const definition = buildTaskDefinition(environment, release, {});

  it('says so of what ECS made of it, with all that ECS fills in', () => {
    const registered = {
      ...structuredClone(definition),
      revision: 3,
      volumes: [],
      containerDefinitions: definition.containerDefinitions!.map((container) => ({
        ...container,
        cpu: 0,
        mountPoints: [],
      })),
    };
    expect(isRegisteredFrom(registered, definition)).toBe(true);
  });

  it('does not depend on the order in which keys are written', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    const own = structuredClone(definition);
    const backwards = reversed(own) as TaskDefinition;
    expect(Object.keys(backwards)).not.toEqual(Object.keys(own));
    expect(labelOf(buildTaskDefinition(environment, release, {}, backwards))).toBe(
      labelOf(buildTaskDefinition(environment, release, {}, own)),
    );
  });

  it('does not depend on the label that an earlier revision has', () => {
    expect(labelOf(buildTaskDefinition(environment, release, {}, definition))).toBe(labelOf(definition));
  });

  it.each([
    ['the digest', environment, { ...release, image: release.image.replace('aaaa', 'bbbb') }],
    ['the commit', environment, { ...release, commit: 'd'.repeat(40) }],
    ['the version', environment, { ...release, version: '1.2.4' }],
    ['a variable', environmentOf({ variables: { A: '1', B: '3' } }), release],
    [
      'the memory',
      environmentOf({ variables: { A: '1', B: '2' }, compute: { instance: 't3.micro', memory: 513 } }),
      release,
    ],
  ])('tells %s apart', (_what, changed, changedRelease) => {
    expect(isRegisteredFrom(buildTaskDefinition(changed, changedRelease, {}), definition)).toBe(false);
  });

  it('says no of a revision that somebody else registered', () => {
    expect(
      isRegisteredFrom({ containerDefinitions: [{ name: 'shop', image: release.image }] }, definition),
    ).toBe(false);
  });
});

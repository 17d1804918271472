import { definitionOf } from './testing/world.ts';
import { checkedDefinition } from './task-definition.ts';

const container = definitionOf().containerDefinitions?.[0];
const fargate = {
  requiresCompatibilities: ['FARGATE' as const],
  networkMode: 'awsvpc' as const,
  cpu: '256',
  memory: '512',
};

function awslogs(options: Record<string, string>) {
  return {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '/web', 'awslogs-region': 'eu-west-1', ...options },
  };
}

describe('RegisterTaskDefinition', () => {
  it('takes an empty role, which deployers send for none, as none', () => {
    const definition = checkedDefinition({ ...definitionOf(), taskRoleArn: '', executionRoleArn: '' });
    expect(Object.keys(definition)).not.toContain('taskRoleArn');
    expect(Object.keys(definition)).not.toContain('executionRoleArn');
  });

  it('fills in ECS’s defaults', () => {
    expect(
      checkedDefinition(definitionOf({ healthCheck: { command: ['CMD', 'true'] }, environment: undefined })),
    ).toMatchObject({
      volumes: [],
      placementConstraints: [],
      containerDefinitions: [
        {
          cpu: 0,
          essential: true,
          environment: [],
          mountPoints: [],
          portMappings: [{ containerPort: 8080, hostPort: 0, protocol: 'tcp' }],
          healthCheck: { interval: 30, timeout: 5, retries: 3 },
        },
      ],
    });
  });

  it('maps a port to itself in awsvpc mode', () => {
    const { containerDefinitions } = checkedDefinition({
      ...definitionOf({ portMappings: [{ containerPort: 8080 }] }),
      ...fargate,
    });
    expect(containerDefinitions[0]?.portMappings).toEqual([
      { containerPort: 8080, hostPort: 8080, protocol: 'tcp' },
    ]);
  });

  it.each<[object, object, RegExp]>([
    [{ family: 'a b' }, {}, /^Family contains invalid characters/],
    [{ containerDefinitions: [] }, {}, /^Container definitions list cannot be empty/],
    [{ containerDefinitions: [container, container] }, {}, /duplicate value: web/],
    [{}, { essential: false }, /does not have any essential containers/],
    [{}, { name: 'a.b' }, /^Container.name contains invalid characters: a.b/],
    [{}, { image: '' }, /^Container.image should not be null or empty/],
    [{}, { memory: undefined }, /At least one of 'memory' or 'memoryReservation' must be specified/],
    [{}, { memory: 4 }, /at least 6 MiB/],
    [{}, { healthCheck: { command: ['curl', '-f'] } }, /must begin with 'CMD' or 'CMD-SHELL'/],
    [{}, { healthCheck: { command: ['CMD', 'true'], interval: 1 } }, /healthCheck interval/],
    [{}, { stopTimeout: 600 }, /stopTimeout/],
    [{}, { portMappings: [{ containerPort: 99_999 }] }, /containerPort/],
    [
      {},
      {
        environment: [{ name: 'KEY', value: '' }],
        secrets: [{ name: 'KEY', valueFrom: 'arn:aws:secretsmanager:::key' }],
      },
      /The secret name must be unique/,
    ],
    [{}, { environmentFiles: [{ value: 'arn:aws:s3:::a', type: 's3' }] }, /^Environment files/],
    [{}, { dependsOn: [{ containerName: 'a', condition: 'START' }] }, /^Dependencies between containers/],
    [{ networkMode: 'host' }, { portMappings: [{ containerPort: 1, hostPort: 2 }] }, /must match/],
    [{ ...fargate, networkMode: 'bridge' }, {}, /Fargate only supports network mode/],
    [{ ...fargate, memory: '300' }, {}, /No Fargate configuration exists for given values/],
    [{ ...fargate, cpu: '300' }, {}, /No Fargate configuration exists for given values/],
    [{ ...fargate, cpu: undefined }, {}, /^Fargate requires that 'cpu' be defined at the task level/],
    [{ ...fargate, memory: '2048', cpu: '512' }, { cpu: 1024 }, /^The sum of all container 'cpu' values/],
    [fargate, { memory: 1024, portMappings: [] }, /^The sum of all container 'memory' values/],
    [
      { ...fargate, executionRoleArn: undefined },
      { portMappings: [] },
      /^Fargate requires task definition to have execution role ARN to support log driver awslogs\.$/,
    ],
    [{ cpu: 'many' }, {}, /^Invalid 'cpu' setting for task\./],
    [{ cpu: '64' }, {}, /^Invalid 'cpu' setting for task\./],
    [{ memory: '64' }, {}, /^The sum of all container 'memory' values/],
    [{ networkMode: 'vpc' }, {}, /^Invalid network mode/],
    [{ requiresCompatibilities: ['CLOUD'] }, {}, /^Invalid compatibility/],
    [{}, { cpu: -1 }, /^Invalid 'cpu' setting for container 'web'/],
    [{}, { memory: 64, memoryReservation: 128 }, /must not be smaller than 'memoryReservation'/],
    [{}, { portMappings: [{ containerPort: 1, protocol: 'icmp' }] }, /^Invalid protocol/],
    [{}, { logConfiguration: { logDriver: 'paper' } }, /^Unsupported log driver/],
    [
      {},
      { logConfiguration: { logDriver: 'awslogs' } },
      /^Log driver awslogs requires options: awslogs-region, awslogs-group$/,
    ],
    [
      {},
      { logConfiguration: awslogs({ log_key: 'log' }) },
      /^Log driver awslogs disallows options: log_key$/,
    ],
    [
      {},
      { logConfiguration: awslogs({ 'awslogs-group': '' }) },
      /'awslogs-group' should not be null or empty/,
    ],
    [{}, { logConfiguration: awslogs({ 'awslogs-create-group': 'false' }) }, /should only be set to 'true'/],
    [{ ...fargate, memory: undefined }, {}, /^Fargate requires that 'memory' be defined/],
  ])('refuses %j with the container %j', (overrides, ofContainer, message) => {
    expect(() => checkedDefinition({ ...definitionOf(ofContainer), ...overrides })).toThrow(message);
  });

  it.each([
    ['256', '512'],
    ['256', '2048'],
    ['1024', '8192'],
    ['16384', '122880'],
    ['0.5 vCPU', '1GB'],
  ])('knows the Fargate size of %s and %s', (cpu, memory) => {
    const portMappings = [{ containerPort: 8080 }];
    const input = { ...definitionOf({ portMappings }), ...fargate, cpu, memory };
    expect(() => checkedDefinition(input)).not.toThrow();
  });
});

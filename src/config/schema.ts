import { z } from 'zod';
import { comparison, duration, percent } from './units.ts';

/**
 * `sluice.yml`, as data: each key with its type, default and meaning. The JSON Schema that editors use and the
 * reference in docs/configuration.md are generated from here.
 */

const name = (what: string, pattern: RegExp, expected: string) =>
  z.string({ error: expected }).regex(pattern, { error: expected }).describe(what);

const variableName = z
  .string({ error: 'the name of a GitHub variable' })
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of a GitHub variable: letters, digits and _' });

const reference = z
  .strictObject({
    var: variableName.describe('The GitHub variable that has the value (repository or environment).'),
    default: z.string().optional().describe('What it is where the variable is not set.'),
  })
  .describe('A value that differs by account: it comes from a GitHub variable.');

const text = z.union([z.string(), reference], { error: 'text, or { var: NAME }' });
const numberOrReference = z.union([z.int().min(0).max(65_535), reference], {
  error: 'a port from 0 to 65535, or { var: NAME }',
});

const count = (least: number, most: number) =>
  z
    .int({ error: `a whole number from ${least} to ${most}` })
    .min(least, { error: `a whole number from ${least} to ${most}` })
    .max(most, { error: `a whole number from ${least} to ${most}` });

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

const image = z
  .strictObject({
    context: z.string().default('.').describe('The folder that the image is built from.'),
    dockerfile: z.string().default('Dockerfile').describe('The Dockerfile, relative to the context.'),
    platforms: z
      .array(z.string().regex(/^linux\/(amd64|arm64)$/, { error: 'linux/amd64 or linux/arm64' }))
      .min(1, { error: 'at least one platform' })
      .default(['linux/amd64'])
      .describe('The platforms the image has to be there for.'),
    repository: z
      .string()
      .regex(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/, { error: 'an ECR repository name in lower case' })
      .optional()
      .describe('The ECR repository. The service’s name, where it is left out.'),
    builder: oneOf(['auto', 'docker', 'layered'])
      .default('auto')
      .describe(
        'What builds: docker, or layered, which needs no daemon; auto takes docker where an engine answers.',
      ),
  })
  .prefault({})
  .describe('How the image is built, and where it is kept.');

const container = z
  .strictObject({
    port: count(1, 65_535)
      .default(8080)
      .describe('The port the container listens on; it also gets it as PORT.'),
    command: z.array(z.string()).default([]).describe('The command, where it is not the image’s own.'),
    health: z
      .strictObject({
        path: z
          .string()
          .startsWith('/', { error: 'a path that begins with /' })
          .default('/health')
          .describe('Answers 200 when the container is up.'),
        command: z
          .array(z.string())
          .optional()
          .describe(
            'A command inside the container, instead of a request to the path: ["CMD", …] or ["CMD-SHELL", …].',
          ),
        interval: duration.prefault('10s').describe('Between two checks; 5s to 5m.'),
        timeout: duration.prefault('3s').describe('How long one check may take; 2s to 1m.'),
        healthyAfter: count(1, 10)
          .default(2)
          .describe('Good checks in a row until a load balancer sends traffic.'),
        unhealthyAfter: count(1, 10).default(3).describe('Bad checks in a row until a task is replaced.'),
        startPeriod: duration
          .prefault('0s')
          .describe('Bad checks do not count for this long after the start.'),
      })
      .prefault({})
      .describe('How it is seen that a container is well.'),
    version: z
      .strictObject({
        path: z
          .string()
          .startsWith('/', { error: 'a path that begins with /' })
          .default('/version')
          .describe('Answers JSON with the version that runs.'),
        json: z.string().default('version').describe('The key in that JSON.'),
      })
      .prefault({})
      .describe('How a probe learns which version answers.'),
    stopTimeout: duration.prefault('30s').describe('From SIGTERM to SIGKILL; at most 2m.'),
    logs: z
      .strictObject({ retention: duration.prefault('14d').describe('How long logs are kept.') })
      .prefault({})
      .describe('The container’s output, in CloudWatch Logs.'),
  })
  .prefault({})
  .describe('What the task definition is made of.');

const secret = z
  .union(
    [
      z.strictObject({
        literal: z.string().describe('The value itself. Only where security.level is relaxed.'),
      }),
      z.strictObject({
        secretsManager: text.describe('A secret’s name or ARN in AWS Secrets Manager.'),
        key: z.string().optional().describe('A key of the secret’s JSON.'),
        rotate: duration.optional().describe('How often it is rotated.'),
      }),
      z.strictObject({ parameter: text.describe('A name in the Systems Manager Parameter Store.') }),
    ],
    { error: '{ literal: … }, { secretsManager: name } or { parameter: name }' },
  )
  .describe('Where a secret comes from.');

const checkNames = ['test', 'integration', 'scan', 'uat', 'performance'] as const;

const checksByName = z.strictObject({
  test: z
    .strictObject({
      directory: z.string().default('.').describe('Where the commands run.'),
      install: z.string().default('npm ci').describe('Installs what the tests need.'),
      lint: z.string().default('npm run lint --if-present').describe('Lints; empty for none.'),
      unit: z.string().default('npm test').describe('Runs the tests; writes JUnit where `report` names it.'),
      report: z
        .string()
        .default('junit.xml')
        .describe('The JUnit report that the tests write, relative to the directory.'),
    })
    .optional()
    .describe('CI Tests: install, lint, unit tests.'),
  integration: z
    .strictObject({
      scenarios: z
        .string()
        .default('integration/*.yml')
        .describe('HTTP scenarios to run against the deployed service.'),
      command: z.string().optional().describe('A command instead; it gets the URL as SLUICE_URL.'),
    })
    .optional()
    .describe('Integration Tests, against the deployed service.'),
  scan: z
    .strictObject({
      failOn: z
        .array(oneOf(['critical', 'high', 'medium', 'low']))
        .default(['critical', 'high'])
        .describe('Severities that fail.'),
      waivers: z
        .string()
        .default('.sluice/waivers.yml')
        .describe('Findings that are accepted, with reason and expiry.'),
    })
    .optional()
    .describe('Security Scan.'),
  uat: z
    .strictObject({
      scenarios: z.string().default('uat/*.yml').describe('Acceptance scenarios in the users’ words.'),
      signOff: oneOf(['none', 'optional', 'required'])
        .default('none')
        .describe('Whether a person signs them off.'),
    })
    .optional()
    .describe('UAT Tests.'),
  performance: z
    .strictObject({
      requests: count(1, 10_000_000).default(1000).describe('How many requests, as in `ab -n`.'),
      concurrency: count(1, 10_000).default(50).describe('How many at once, as in `ab -c`.'),
      thresholds: z
        .partialRecord(oneOf(['errorRate', 'p50', 'p95', 'p99', 'throughput']), comparison)
        .optional()
        .describe('What has to hold.'),
      compareWith: oneOf(['nothing', 'previous'])
        .default('nothing')
        .describe('A release it must not be worse than.'),
    })
    .optional()
    .describe('Performance Tests.'),
});

const checks = z
  .preprocess(
    (value) => (Array.isArray(value) ? Object.fromEntries(value.map((item) => [String(item), {}])) : value),
    checksByName,
  )
  .prefault({ test: {} })
  .describe(`What has to pass: a list of names (${checkNames.join(', ')}), or each with its settings.`);

const environment = z.strictObject({
  on: z
    .union(
      [
        z.strictObject({ branch: z.string().min(1).describe('A push to this branch deploys.') }),
        z.strictObject({
          tag: z.string().min(1).describe('A push of such a tag deploys; * stands for anything.'),
        }),
      ],
      { error: '{ branch: NAME } or { tag: PATTERN }' },
    )
    .describe('What deploys to the environment.'),
  approval: z
    .union(
      [
        z.literal('none'),
        z.strictObject({
          reviewers: count(1, 6).default(1).describe('How many people have to approve.'),
          selfApproval: z.boolean().default(false).describe('Whether the one who pushed may approve.'),
        }),
      ],
      { error: 'none, or { reviewers: 1, selfApproval: false }' },
    )
    .default('none')
    .describe('Who has to say yes first.'),
  aws: z
    .strictObject({
      region: name(
        'The AWS region.',
        /^[a-z]{2}(-[a-z]+)+-\d$/,
        'an AWS region such as eu-west-1',
      ).optional(),
      role: text.optional().describe('The role that the pipeline assumes with GitHub’s OIDC token.'),
      cluster: text.optional().describe('The ECS cluster. SERVICE-ENVIRONMENT, where it is left out.'),
      service: text.optional().describe('The ECS service. The service’s name, where it is left out.'),
      executionRole: text
        .optional()
        .describe('The role that ECS pulls the image, reads secrets and writes logs with.'),
      taskRole: text.optional().describe('The role that the service itself has.'),
    })
    .prefault({})
    .describe('Where on AWS.'),
  url: text.optional().describe('Where users reach the service: the front door that is probed.'),
  compute: z
    .strictObject({
      instance: name(
        'The EC2 instance type.',
        /^[a-z0-9-]+\.[a-z0-9]+$/,
        'an instance type such as t3.micro',
      ).optional(),
      launchType: oneOf(['EC2', 'FARGATE'])
        .optional()
        .describe('EC2 where an instance type is given, FARGATE otherwise.'),
      count: count(0, 1000)
        .default(1)
        .describe('How many tasks the first deployment starts. Later ones leave the count alone.'),
      cpu: count(1, 16_384).default(256).describe('CPU units of a task; 1024 are one vCPU.'),
      memory: count(6, 122_880).default(512).describe('Memory of a task, in MiB.'),
      autoScaling: z
        .strictObject({
          minimum: count(0, 1000).default(1).describe('The fewest tasks.'),
          maximum: count(1, 1000).default(4).describe('The most tasks.'),
          cpu: percent.prefault('60%').describe('The average CPU use to aim at.'),
        })
        .optional()
        .describe('Grows and shrinks the service by its load.'),
    })
    .prefault({})
    .describe('What it runs on.'),
  network: z
    .strictObject({
      mode: oneOf(['bridge', 'host', 'awsvpc'])
        .optional()
        .describe('bridge on EC2, awsvpc on Fargate, where it is left out.'),
      hostPort: numberOrReference
        .optional()
        .describe('The instance’s port, in bridge mode; any free one where it is left out.'),
      subnets: z.array(text).default([]).describe('The subnets of awsvpc tasks.'),
      securityGroups: z.array(text).default([]).describe('The security groups of awsvpc tasks.'),
      assignPublicIp: z.boolean().default(false).describe('Whether awsvpc tasks get a public address.'),
      access: oneOf(['open', 'vpc', 'isolated'])
        .default('vpc')
        .describe('Who reaches it: anybody, or through the VPC’s rules, or the load balancer alone.'),
      waf: z.boolean().default(false).describe('Whether a web application firewall is in front.'),
    })
    .prefault({})
    .describe('How it is reached.'),
  loadBalancer: z
    .strictObject({
      targetGroup: text.describe('The target group; the blue one of two.'),
      alternateTargetGroup: text.optional().describe('The other target group, for blue-green.'),
      productionRule: text.optional().describe('The listener rule that users’ requests go through.'),
      testRule: text.optional().describe('The listener rule that reaches green before users do.'),
      role: text.optional().describe('The role that ECS moves the traffic with.'),
    })
    .optional()
    .describe('The load balancer in front.'),
  deploy: z
    .strictObject({
      strategy: oneOf(['rolling', 'blue-green', 'canary', 'linear'])
        .default('rolling')
        .describe('How the new version takes over.'),
      minimumHealthy: count(0, 100).default(100).describe('Rolling: percent of the tasks that stay up.'),
      maximum: count(100, 200).default(200).describe('Rolling: percent of the tasks that may be there.'),
      circuitBreaker: z
        .boolean()
        .default(true)
        .describe('Rolling: whether ECS gives up on a version whose tasks fail, and goes back.'),
      steps: z
        .strictObject({
          percent: z
            .number({ error: 'a number from 0.1 to 100' })
            .min(0.1, { error: 'a number from 0.1 to 100' })
            .max(100, { error: 'a number from 0.1 to 100' })
            .default(10)
            .describe('Canary: the first share. Linear: each step.'),
          every: duration.prefault('5m').describe('How long a step lasts.'),
        })
        .optional()
        .describe('Canary and linear: how the traffic moves.'),
      bake: duration.prefault('0s').describe('How long the old version stays after the switch; at most 24h.'),
      gates: z
        .strictObject({
          beforeTraffic: z
            .array(oneOf(['health', 'smoke']))
            .default([])
            .describe('On the test listener, before users.'),
          eachStep: z
            .array(oneOf(['analysis']))
            .default([])
            .describe('Before each step.'),
          afterTraffic: z
            .array(oneOf(['analysis', 'business']))
            .default([])
            .describe('With all traffic on the new version.'),
        })
        .optional()
        .describe('Where ECS pauses, and what has to hold there.'),
      gateTimeout: duration
        .prefault('30m')
        .describe('After this long without an answer ECS rolls back by itself; 1m to 14d.'),
      alarms: z.array(text).default([]).describe('CloudWatch alarms that roll back.'),
      timeout: duration.prefault('20m').describe('How long a whole deployment may take.'),
    })
    .prefault({})
    .describe('How a new version takes over.'),
  rollback: oneOf(['redeploy', 'automatic', 'approval'])
    .default('automatic')
    .describe(
      'How the environment gets back: by the next push, by itself, or by itself during the shift and by approval afterwards.',
    ),
  proof: z
    .strictObject({
      answers: count(1, 100)
        .default(3)
        .describe('Good answers of the new version in a row, through the front door.'),
      within: duration.prefault('60s').describe('How long to wait for them.'),
    })
    .prefault({})
    .describe('When a deployment counts as serving.'),
  variables: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable' }),
      z.union([z.string(), reference], {
        error: 'text (write numbers and true/false in quotes), or { var: NAME }',
      }),
    )
    .default({})
    .describe('The container’s environment variables.'),
  secrets: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable' }),
      secret,
    )
    .default({})
    .describe('Environment variables whose values are secret.'),
  database: z
    .strictObject({
      engine: oneOf(['none', 'sqlite', 'postgres'])
        .default('none')
        .describe('The database behind the service.'),
      instance: z
        .string()
        .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, { error: 'an RDS instance class such as db.t3.micro' })
        .optional()
        .describe('The RDS instance class.'),
      multiAz: z.boolean().default(false).describe('Whether RDS keeps a standby in another zone.'),
      secret: text
        .optional()
        .describe('postgres: the secret with the connection URL, handed over as DATABASE_URL.'),
    })
    .prefault({})
    .describe('The database.'),
  data: oneOf(['synthetic', 'anonymised', 'real'])
    .default('synthetic')
    .describe('What kind of data it holds.'),
  tls: z
    .strictObject({
      mode: oneOf(['none', 'self-signed', 'required'])
        .default('required')
        .describe('Whether users come over TLS.'),
      certificate: oneOf(['none', 'lets-encrypt', 'acm'])
        .default('none')
        .describe('Where the certificate comes from.'),
    })
    .prefault({})
    .describe('Encryption on the way.'),
  checks,
  promote: z
    .strictObject({
      from: z.string().describe('The environment that a digest must have passed.'),
      require: z
        .array(oneOf(['scan', 'uat', 'performance']))
        .default([])
        .describe('The verdicts it must carry.'),
    })
    .optional()
    .describe('Only what passed there comes here.'),
  security: z
    .strictObject({
      level: oneOf(['relaxed', 'production-like', 'maximum'])
        .default('production-like')
        .describe('relaxed allows literal secrets.'),
    })
    .prefault({})
    .describe('How strict the rules are.'),
  monitoring: z
    .strictObject({
      level: oneOf(['logs', 'metrics', 'full'])
        .default('logs')
        .describe('Application logs; metrics and dashboards; 24/7 with alarms and incidents.'),
    })
    .prefault({})
    .describe('What is watched.'),
  slo: z
    .strictObject({
      availability: percent.optional().describe('The share of requests that succeed.'),
      latency: z
        .partialRecord(oneOf(['p50', 'p95', 'p99']), duration)
        .optional()
        .describe('How fast they are.'),
      window: duration.prefault('30d').describe('Over how long.'),
    })
    .optional()
    .describe('The service level it is held to.'),
  availability: z
    .union([oneOf(['business-hours', 'while-testing', 'always']), percent], {
      error: 'business-hours, while-testing, always, or a percentage',
    })
    .default('always')
    .describe('When it has to be up.'),
  budget: z
    .strictObject({
      monthly: z.number().min(0).describe('US dollars a month.'),
      most: z.number().min(0).optional().describe('The upper end of a range.'),
    })
    .optional()
    .describe('What it may cost.'),
  success: z.array(z.string()).default([]).describe('What counts as success, in words.'),
  taskDefinition: z
    .string()
    .optional()
    .describe('A task definition of your own (JSON) instead of `container`.'),
});

export const schema = z.strictObject({
  service: name(
    'The service’s name.',
    /^[a-z][a-z0-9-]{0,62}$/,
    'a name in lower case: letters, digits and -',
  ),
  image,
  container,
  environments: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'an environment’s name in lower case' }),
      environment,
    )
    .describe('The environments, by name.'),
  data: z
    .strictObject({
      flow: z.array(z.string()).default([]).describe('From which environment to which data goes, in order.'),
      anonymise: z.string().optional().describe('The rules of anonymising.'),
    })
    .optional()
    .describe('How data goes between environments.'),
});

export type Config = z.output<typeof schema>;
export type EnvironmentConfig = Config['environments'][string];
export type Reference = z.output<typeof reference>;

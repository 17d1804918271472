import { z } from 'zod';
import { duration, percent } from '../units.ts';
import { business } from './business.ts';
import { checks } from './checks.ts';
import { deploy, loadBalancer, proof } from './deploy.ts';
import {
  anyText,
  boolean,
  count,
  dollars,
  form,
  lowerCaseName,
  nameOnEcs,
  oneOf,
  port,
  reference,
  repositoryPath,
  roleArn,
  roleArnOrName,
  text,
  url,
  variableName,
} from './fields.ts';

const on = z
  .union(
    [
      z.strictObject({
        branch: form(
          'branch',
          /^(?![-/.])[^\s~^:?*[\]\\]+(?<![/.])$/,
          'the name of a branch, without wildcards',
        ).describe('A push to this branch deploys.'),
      }),
      z.strictObject({
        tag: form(
          'tag pattern',
          /^(?![-/.])[^\s~^:?[\]\\]+(?<![/.])$/,
          'a pattern of tags such as v*.*.*',
        ).describe('A push of such a tag deploys; `*` stands for anything but a /.'),
      }),
    ],
    { error: '{ branch: NAME } or { tag: PATTERN }' },
  )
  .describe('What deploys to the environment.');

const approval = z
  .union(
    [
      z.literal('none'),
      z.strictObject({
        reviewers: count(1, 6).default(1).describe('How many people have to approve.'),
        selfApproval: boolean.default(false).describe('Whether the one who pushed may approve.'),
      }),
    ],
    { error: 'none, or { reviewers: 1, selfApproval: false }' },
  )
  .default('none')
  .describe('Who has to say yes first.');

const aws = z
  .strictObject({
    region: form('region', /^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as eu-west-1')
      .optional()
      .describe('The AWS region; the job’s `AWS_REGION`, where it is left out.'),
    role: roleArn.optional().describe('The role that the pipeline assumes with GitHub’s OIDC token.'),
    cluster: nameOnEcs.optional().describe('The ECS cluster; `SERVICE-ENVIRONMENT`, where it is left out.'),
    service: nameOnEcs.optional().describe('The ECS service; `service`, where it is left out.'),
    executionRole: roleArnOrName
      .optional()
      .describe('The role that ECS pulls the image, reads secrets and writes logs with.'),
    taskRole: roleArnOrName.optional().describe('The role that the service itself has.'),
  })
  .prefault({})
  .describe('Where on AWS.');

const compute = z
  .strictObject({
    instance: form('instance type', /^[a-z0-9-]+\.[a-z0-9-]+$/, 'an instance type such as t3.micro')
      .optional()
      .describe('The EC2 instance type.'),
    launchType: oneOf(['EC2', 'FARGATE'])
      .optional()
      .describe('`EC2` where an instance type is given, `FARGATE` otherwise.'),
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
  .describe('What it runs on.');

const network = z
  .strictObject({
    mode: oneOf(['bridge', 'host', 'awsvpc'])
      .optional()
      .describe('`bridge` on EC2, `awsvpc` on Fargate, where it is left out.'),
    hostPort: port
      .optional()
      .describe('The instance’s port, in bridge mode; any free one where it is left out.'),
    subnets: z
      .array(text, { error: 'a list of subnets' })
      .prefault([])
      .describe('The subnets of awsvpc tasks.'),
    securityGroups: z
      .array(text, { error: 'a list of security groups' })
      .prefault([])
      .describe('The security groups of awsvpc tasks.'),
    assignPublicIp: boolean.default(false).describe('Whether awsvpc tasks get a public address.'),
    access: oneOf(['open', 'vpc', 'isolated'])
      .default('vpc')
      .describe('Who reaches it: anybody, through the VPC’s rules, or the load balancer alone.'),
    waf: boolean.default(false).describe('Whether a web application firewall is in front.'),
  })
  .prefault({})
  .describe('How it is reached.');

const secret = z
  .union(
    [
      z.strictObject({
        literal: anyText.describe('The value itself. Only where `security.level` is relaxed.'),
      }),
      z.strictObject({
        secretsManager: text.describe('A secret’s name or ARN in AWS Secrets Manager.'),
        key: anyText.optional().describe('A key of the secret’s JSON.'),
        rotate: duration.optional().describe('How often it is rotated.'),
      }),
      z.strictObject({ parameter: text.describe('A name in the Systems Manager Parameter Store.') }),
    ],
    { error: '{ literal: … }, { secretsManager: NAME } or { parameter: NAME }' },
  )
  .describe('Where a secret comes from.');

const migrate = z
  .strictObject({
    command: z
      .array(anyText, { error: 'a list: the program and its arguments' })
      .min(1, { error: 'a list: the program and its arguments' })
      .describe('The command, in the new release’s own container; exit code 0 lets the release go on.'),
    timeout: duration.prefault('10m').describe('How long it may take before it is stopped.'),
  })
  .optional()
  .describe(
    'postgres: brings the tables up to date before the new release starts, as a task of its own. See docs/migrations.md.',
  );

const database = z
  .strictObject({
    engine: oneOf(['none', 'sqlite', 'postgres'])
      .default('none')
      .describe('The database behind the service.'),
    instance: form(
      'RDS instance class',
      /^db\.[a-z0-9]+\.[a-z0-9]+$/,
      'an RDS instance class such as db.t3.micro',
    )
      .optional()
      .describe('postgres: the RDS instance class, where RDS runs it.'),
    multiAz: boolean.default(false).describe('Whether RDS keeps a standby in another zone.'),
    secret: text
      .optional()
      .describe('postgres: the secret with the connection URL, handed over as `DATABASE_URL`.'),
    migrate,
  })
  .prefault({})
  .describe('The database.');

const verdicts = ['scan', 'uat', 'performance'] as const;

const latency = duration.optional();

export const environment = z.strictObject({
  purpose: anyText.optional().describe('What it is for, in words.'),
  on,
  approval,
  aws,
  url: url.optional().describe('Where users reach the service: the front door that is probed.'),
  compute,
  network,
  loadBalancer,
  deploy,
  rollback: oneOf(['redeploy', 'automatic', 'approval'])
    .default('automatic')
    .describe(
      'The way back. `redeploy`: the next push. `automatic`: by itself. `approval`: by itself during the shift, by approval afterwards.',
    ),
  proof,
  variables: z
    .record(
      variableName,
      z.union([z.string(), reference], {
        error: 'text (numbers, true and false in quotes), or { var: NAME }',
      }),
      { error: 'names and values' },
    )
    .prefault({})
    .describe('The container’s environment variables.'),
  secrets: z
    .record(variableName, secret, { error: 'names, and where each comes from' })
    .prefault({})
    .describe('Environment variables whose values are secret.'),
  database,
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
        .describe('Where the certificate comes from; `none`: Sluice does not know.'),
    })
    .prefault({})
    .describe('Encryption on the way.'),
  checks,
  promote: z
    .strictObject({
      from: lowerCaseName.describe('The environment that a digest must have passed.'),
      require: z
        .array(oneOf(verdicts), { error: `a list of ${verdicts.join(', ')}` })
        .prefault([])
        .describe('The verdicts it must carry.'),
      maxAge: duration.prefault('7d').describe('How old these verdicts may be.'),
    })
    .optional()
    .describe('Only what passed there comes here.'),
  security: z
    .strictObject({
      level: oneOf(['relaxed', 'production-like', 'maximum'])
        .default('production-like')
        .describe('How strict the rules below are.'),
      audit: boolean.default(false).describe('Whether its controls are audited.'),
    })
    .prefault({})
    .describe('How strict the rules are.'),
  monitoring: z
    .strictObject({
      level: oneOf(['logs', 'metrics', 'full'])
        .default('logs')
        .describe(
          '`logs`: application logs. `metrics`: metrics, dashboards, load-test results and test reports. `full`: 24/7, with alarms, service levels, business metrics and incidents.',
        ),
    })
    .prefault({})
    .describe('What is watched.'),
  slo: z
    .strictObject({
      availability: percent.optional().describe('The share of requests that succeed.'),
      latency: z
        .strictObject({
          p50: latency.describe('Half of the requests are as fast.'),
          p95: latency.describe('95 in 100 requests are as fast.'),
          p99: latency.describe('99 in 100 requests are as fast.'),
        })
        .optional()
        .describe('How fast they are.'),
      window: duration.prefault('30d').describe('Over how long.'),
    })
    .optional()
    .describe('The service level it is held to.'),
  business,
  availability: z
    .union([oneOf(['business-hours', 'while-testing', 'always']), percent], {
      error: 'business-hours, while-testing, always, or a percentage',
    })
    .prefault('always')
    .describe('When it has to be up.'),
  budget: z
    .strictObject({
      monthly: dollars.describe('What it may cost a month.'),
      most: dollars.optional().describe('The upper end of a range.'),
    })
    .optional()
    .describe('What it may cost.'),
  success: z
    .array(anyText, { error: 'a list of sentences' })
    .prefault([])
    .describe('What counts as success, in words.'),
  taskDefinition: repositoryPath
    .optional()
    .describe('A task definition of your own (JSON) instead of one made of `container`.'),
});

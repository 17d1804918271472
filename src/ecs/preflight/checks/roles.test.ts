import { environmentOf, release } from '../../environment.fixture.ts';
import type { TrustPolicy, TrustStatement } from '../facts.ts';
import { handedOver, neededRoles } from '../needs.ts';
import { against, againstShift, good, ok, shifting, traffic } from '../preflight.fixture.ts';
import { objections } from './index.ts';
import type { CheckedKey } from '../facts.ts';
import { keysNotKnown, trusts } from './roles.ts';

const execution = 'arn:aws:iam::123456789012:role/ci/shop-execution';
const aws = { region: 'eu-west-1', cluster: 'shop-dev', executionRole: execution };
const trusting = (service: string): TrustPolicy => ({
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});

describe('the roles that ECS takes', () => {
  it('are those of sluice.yml, and that of the traffic only where it is moved', () => {
    const roles = { ...aws, taskRole: 'shop-task' };
    expect(neededRoles(environmentOf({ aws: roles }))).toEqual([
      { role: execution, use: 'execution', principal: 'ecs-tasks.amazonaws.com' },
      { role: 'shop-task', use: 'task', principal: 'ecs-tasks.amazonaws.com' },
    ]);
    expect(neededRoles(shifting())).toEqual([
      { role: traffic, use: 'traffic', principal: 'ecs.amazonaws.com' },
    ]);
    expect(
      neededRoles(shifting({ deploy: {}, loadBalancer: { targetGroup: 'arn:tg', role: traffic } })),
    ).toEqual([]);
  });

  it('are those of the user’s own task definition', () => {
    const own = { family: 'shop', executionRoleArn: 'own', containerDefinitions: [] };
    expect(neededRoles(environmentOf({ aws, taskDefinition: 'task.json' }), own)).toEqual([
      { role: 'own', use: 'execution', principal: 'ecs-tasks.amazonaws.com' },
    ]);
  });

  it('have to be there', () => {
    expect(against({ roles: { [execution]: ok(undefined) } }, { aws })).toEqual([
      {
        what: `There is no role ${execution}, which ECS is to take to start tasks with`,
        remedy:
          'aws iam create-role --role-name shop-execution --assume-role-policy-document \'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}\'',
      },
    ]);
  });

  it('have to trust ECS: its tasks, or the service that moves the traffic', () => {
    const wrong = { [execution]: ok({ arn: execution, trust: trusting('ec2.amazonaws.com') }) };
    expect(against({ roles: wrong }, { aws }).map(({ what }) => what)).toEqual([
      `The role ${execution} does not trust ecs-tasks.amazonaws.com, and ECS cannot take it to start tasks with`,
    ]);
    const tasks = { [traffic]: ok({ arn: traffic, trust: trusting('ecs-tasks.amazonaws.com') }) };
    const [objection] = againstShift({ roles: tasks });
    expect(objection?.what).toBe(
      `The role ${traffic} does not trust ecs.amazonaws.com, and ECS cannot take it to move the traffic with`,
    );
    expect(objection?.remedy).toContain('aws iam update-assume-role-policy --role-name shop-traffic');
    const right = { [traffic]: ok({ arn: traffic, trust: trusting('ecs.amazonaws.com') }) };
    expect(againstShift({ roles: right })).toEqual([]);
  });

  it('have to be allowed what they are taken for', () => {
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/key-AbCdEf';
    expect(
      against(
        {
          grants: [
            {
              role: execution,
              action: 'secretsmanager:GetSecretValue',
              resources: [secret],
              denied: ok([secret]),
            },
            { role: execution, action: 'ssm:GetParameters', resources: ['arn:p'], denied: ok([]) },
          ],
        },
        { aws },
      ),
    ).toEqual([
      {
        what: `The role ${execution} may not secretsmanager:GetSecretValue on ${secret}`,
        remedy: `aws iam put-role-policy --role-name shop-execution --policy-name sluice-secretsmanager-getsecretvalue --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":["${secret}"]}]}'`,
      },
    ]);
  });

  it.each<[string, boolean, TrustStatement]>([
    [
      'one service among several',
      true,
      { Effect: 'Allow', Principal: { Service: ['a', 'ecs'] }, Action: ['sts:AssumeRole'] },
    ],
    ['another service', false, { Effect: 'Allow', Principal: { Service: 'a' }, Action: 'sts:AssumeRole' }],
    ['another action', false, { Effect: 'Allow', Principal: { Service: 'ecs' }, Action: 'sts:TagSession' }],
    ['nobody of AWS', false, { Effect: 'Allow', Principal: {}, Action: 'sts:AssumeRole' }],
  ])('trust is named: %s', (_what, expected, statement) => {
    // IAM takes one statement without a list, too.
    for (const all of [statement, [statement]]) {
      expect(trusts({ Statement: all }, 'ecs')).toBe(expected);
    }
  });

  it('trust is taken away by a statement that denies it', () => {
    const statement = { Principal: { Service: 'ecs' }, Action: 'sts:AssumeRole' };
    expect(
      trusts(
        {
          Statement: [
            { Effect: 'Allow', ...statement },
            { Effect: 'Deny', ...statement },
          ],
        },
        'ecs',
      ),
    ).toBe(false);
  });
});

describe('the keys of secrets', () => {
  const keyed = (found: CheckedKey['found']): Partial<typeof good> => ({
    secretKeys: [{ secret: 'shop/key', key: 'user', found }],
  });

  it.each<[CheckedKey['found'], string[]]>([
    ['there', []],
    ['not known', []],
    ['missing', ['The secret "shop/key" has no key "user" in its JSON']],
    ['no JSON', ['The secret "shop/key" is no JSON object, and its key "user" is to be handed over']],
    ['no value', ['The secret "shop/key" has no value in the version whose key "user" is to be handed over']],
  ])('%s', (found, what) => {
    const objected = against(keyed(found), { aws });
    expect(objected.map((one) => one.what)).toEqual(what);
    for (const { remedy } of objected) {
      expect(remedy).toContain('aws secretsmanager put-secret-value --region eu-west-1 --secret-id shop/key');
    }
  });

  it('that could not be looked at are said, and no reason to refuse', () => {
    expect(keysNotKnown({ ...good, ...keyed('not known') })).toEqual([
      'It is not known whether the secret "shop/key" has the key "user": the role may not read it, which it need not. ECS finds out when a task starts.',
    ]);
    expect(keysNotKnown({ ...good, ...keyed('there') })).toEqual([]);
  });
});

describe('what ECS hands over', () => {
  const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/own-AbCdEf';
  const own = {
    family: 'shop',
    containerDefinitions: [
      { name: 'shop', secrets: [{ name: 'A', valueFrom: `${secret}:user:AWSPREVIOUS:` }] },
      {
        name: 'proxy',
        secrets: [{ name: 'B', valueFrom: '/shop/own' }],
        logConfiguration: {
          logDriver: 'splunk' as const,
          secretOptions: [{ name: 'token', valueFrom: secret }],
        },
      },
    ],
  };

  it('is what sluice.yml names, and the user’s own task definition: each once', () => {
    const environment = environmentOf({
      aws,
      secrets: {
        KEY: { secretsManager: 'shop/key', key: 'user' },
        AGAIN: { secretsManager: 'shop/key', key: 'password' },
        FLAG: { parameter: '/shop/flag' },
        PLAIN: { literal: 'x' },
      },
      database: { engine: 'postgres', secret: 'shop/database' },
      taskDefinition: 'task.json',
    });
    expect(handedOver(environment, own)).toEqual({
      secrets: ['shop/key', 'shop/database', secret],
      parameters: ['/shop/flag', '/shop/own'],
      keys: [
        { secret: 'shop/key', key: 'user' },
        { secret: 'shop/key', key: 'password' },
        { secret, key: 'user', stage: 'AWSPREVIOUS' },
      ],
    });
  });

  it('needs a role to read it with, in the user’s own task definition too', () => {
    const environment = environmentOf({ aws, taskDefinition: 'task.json' });
    const what = objections(good, environment, release, {
      ...own,
      containerDefinitions: own.containerDefinitions.map((container) => ({
        ...container,
        portMappings: [{ containerPort: 8080 }],
      })),
    });
    expect(what).toEqual([
      {
        what: 'Secrets are to be handed over, and there is no role for ECS to read them with',
        remedy: 'Set executionRoleArn in task.json',
      },
    ]);
  });
});

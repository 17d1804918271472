import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { trial, type Trial } from '../trial.ts';

const trust = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow' as const,
      Action: 'sts:AssumeRole',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
    },
  ],
};
const secret = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:shop/key-AbCdEf';
const elsewhere = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:bank/key-AbCdEf';
const execution = 'arn:aws:iam::000000000000:role/execution';

let here: Trial;
let iam: IAMClient;
beforeAll(async () => {
  here = await trial();
  iam = new IAMClient(here.client);
  here.cloud.roles.put({
    name: 'execution',
    trust,
    permissions: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'secretsmanager:Get*',
          Resource: ['arn:aws:secretsmanager:*:*:secret:shop/*'],
        },
        { Effect: 'Deny', Action: 'secretsmanager:GetSecretValue', Resource: '*:secret:shop/root-*' },
      ],
    },
  });
  here.cloud.roles.put({ name: 'free', trust });
});
afterAll(() => here.end());

test('a role is told with its trust policy, encoded as IAM does', async () => {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'execution' }));
  expect(Role).toMatchObject({ RoleName: 'execution', Arn: execution, Path: '/' });
  expect(Role?.AssumeRolePolicyDocument).not.toContain('{');
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toEqual(trust);
});

test('a role that is not there is refused by the name that SDKs look for', async () => {
  await expect(iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The role with name nobody cannot be found.',
    $metadata: { httpStatusCode: 404 },
  });
});

describe('what a role may do', () => {
  const simulate = async (
    source: string,
    ...resources: string[]
  ): Promise<{ all: string | undefined; each: (string | undefined)[] }> => {
    const { EvaluationResults: results = [] } = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: source,
        ActionNames: ['secretsmanager:GetSecretValue'],
        ResourceArns: resources,
      }),
    );
    expect(results).toHaveLength(1);
    return {
      all: results[0]?.EvalDecision,
      each: (results[0]?.ResourceSpecificResults ?? []).map((one) => one.EvalResourceDecision),
    };
  };

  it('is decided for each resource, and the strictest decision is that of all', async () => {
    await expect(simulate(execution, secret)).resolves.toEqual({ all: 'allowed', each: ['allowed'] });
    await expect(simulate(execution, secret, elsewhere)).resolves.toEqual({
      all: 'implicitDeny',
      each: ['allowed', 'implicitDeny'],
    });
    await expect(simulate(execution, elsewhere, secret.replace('shop/key', 'shop/root'))).resolves.toEqual({
      all: 'explicitDeny',
      each: ['implicitDeny', 'explicitDeny'],
    });
  });

  it('is everything for a role without a policy, as everywhere in the rehearsal', async () => {
    await expect(simulate('arn:aws:iam::000000000000:role/free', elsewhere)).resolves.toEqual({
      all: 'allowed',
      each: ['allowed'],
    });
  });

  it('is not guessed from what the rehearsal does not look at', async () => {
    await expect(
      iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: execution,
          ActionNames: ['secretsmanager:GetSecretValue'],
          ResourcePolicy: '{}',
        }),
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('without ResourcePolicy') as string });
  });
});

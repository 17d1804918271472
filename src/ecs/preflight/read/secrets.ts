import { errorName, type Aws } from '../../../aws/index.ts';
import type { Read } from '../facts.ts';
import { read, unlessMissing } from './read.ts';

/** The ARN of a secret that is there, and not about to be deleted. Its value is not read. */
export async function secretArn(aws: Aws, name: string): Promise<string | undefined> {
  const { DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const secret = await unlessMissing(
    (error) => errorName(error) === 'ResourceNotFoundException',
    async () => (await aws.secrets()).send(new DescribeSecretCommand({ SecretId: name })),
  );
  return secret?.DeletedDate === undefined ? secret?.ARN : undefined;
}

/**
 * The ARNs of parameters, by name or ARN. DescribeParameters answers without values, which GetParameters does not:
 * plain ones come with it in the clear.
 */
export async function parameterArns(
  aws: Aws,
  parameters: readonly string[],
): Promise<Record<string, Read<string | undefined>>> {
  if (parameters.length === 0) return {};
  const found = await read(async () => {
    const { paginateDescribeParameters } = await import('@aws-sdk/client-ssm');
    const pages = paginateDescribeParameters(
      { client: await aws.ssm() },
      {
        ParameterFilters: [
          { Key: 'Name', Option: 'Equals', Values: [...new Set(parameters.flatMap(namesOf))] },
        ],
      },
    );
    const all: { readonly name: string | undefined; readonly arn: string | undefined }[] = [];
    for await (const page of pages) {
      all.push(...(page.Parameters ?? []).map(({ Name: name, ARN: arn }) => ({ name, arn })));
    }
    return all;
  });
  return Object.fromEntries(
    parameters.map((wanted) => [
      wanted,
      found.ok
        ? { ok: true, value: found.value.find(({ name, arn }) => name === wanted || arn === wanted)?.arn }
        : found,
    ]),
  );
}

/** An ARN leaves out whether the name begins with a slash: `…:parameter/shop/key` is `/shop/key`, or `shop/key`. */
function namesOf(parameter: string): readonly string[] {
  const path = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/(.+)$/.exec(parameter)?.[1];
  return path === undefined ? [parameter] : [`/${path}`, path];
}

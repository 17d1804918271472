import type { Rule, TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { errorName, type Aws } from '../../../aws/index.ts';
import { unlessMissing } from './read.ts';

const isMissing = (error: unknown): boolean =>
  /^(TargetGroup|Rule|Listener|LoadBalancer)NotFoundException$/.test(errorName(error));

/**
 * What is no ARN of the kind is not there either. AWS would refuse the question, and say less.
 * Source: Service Authorization Reference, "Resource types defined by AWS Elastic Load Balancing V2"
 */
const isArnOf = (kind: 'targetgroup' | 'listener-rule', arn: string): boolean =>
  new RegExp(`^arn:[^:]+:elasticloadbalancing:[^:]+:\\d{12}:${kind}/`).test(arn);

/** One at a time: a question about two is answered for neither, where one of them is not there. */
export async function readTargetGroup(aws: Aws, arn: string): Promise<TargetGroup | undefined> {
  if (!isArnOf('targetgroup', arn)) return undefined;
  const { DescribeTargetGroupsCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const answer = await unlessMissing(isMissing, async () =>
    (await aws.elb()).send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] })),
  );
  return answer?.TargetGroups?.[0];
}

export async function readTargets(aws: Aws, arn: string): Promise<readonly TargetHealthDescription[]> {
  if (!isArnOf('targetgroup', arn)) return [];
  const { DescribeTargetHealthCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const answer = await unlessMissing(isMissing, async () =>
    (await aws.elb()).send(new DescribeTargetHealthCommand({ TargetGroupArn: arn })),
  );
  return answer?.TargetHealthDescriptions ?? [];
}

export async function readRule(aws: Aws, arn: string): Promise<Rule | undefined> {
  if (!isArnOf('listener-rule', arn)) return undefined;
  const { DescribeRulesCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const answer = await unlessMissing(isMissing, async () =>
    (await aws.elb()).send(new DescribeRulesCommand({ RuleArns: [arn] })),
  );
  return answer?.Rules?.[0];
}

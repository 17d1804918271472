import type {
  AddTagsInput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { asTags, byKey } from '../../wire/tags.ts';
import { listenerOf, loadBalancerOf, ruleOf, targetGroupOf, type ElbContext } from '../context.ts';

export function tagOperations(context: ElbContext) {
  const tagged = (arn: string): { tags: Record<string, string> } => {
    if (arn.includes(':targetgroup/')) return targetGroupOf(context, arn);
    if (arn.includes(':listener-rule/')) return ruleOf(context, arn);
    if (arn.includes(':listener/')) return listenerOf(context, arn);
    return loadBalancerOf(context, arn);
  };
  return {
    DescribeTags: ({ ResourceArns = [] }: DescribeTagsInput): DescribeTagsOutput => ({
      TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: asTags(tagged(arn).tags) })),
    }),
    AddTags: ({ ResourceArns = [], Tags }: AddTagsInput): object => {
      for (const one of ResourceArns.map(tagged)) Object.assign(one.tags, byKey(Tags));
      context.changed();
      return {};
    },
    RemoveTags: ({ ResourceArns = [], TagKeys = [] }: RemoveTagsInput): object => {
      for (const one of ResourceArns.map(tagged)) {
        one.tags = Object.fromEntries(Object.entries(one.tags).filter(([key]) => !TagKeys.includes(key)));
      }
      context.changed();
      return {};
    },
  };
}

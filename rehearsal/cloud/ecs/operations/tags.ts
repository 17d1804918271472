import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecs';
import type { Operation } from '../../wire/service.ts';
import type { EcsContext } from '../context.ts';
import { invalidParameter } from '../errors.ts';
import { checkTags } from '../resource-tags.ts';

export function tagOperations(context: EcsContext): Record<string, Operation> {
  const { state, tasks } = context;
  const tagged = (arn = ''): { tags: Tag[] } => {
    const found =
      state.clusters.find((cluster) => cluster.arn === arn) ??
      state.services.find((service) => service.arn === arn) ??
      state.taskDefinitions.find((definition) => definition.arn === arn) ??
      tasks.find(arn);
    if (found === undefined) throw invalidParameter('The specified resource was not found.');
    return found;
  };

  return {
    TagResource: (input: TagResourceRequest) => {
      const { tags } = tagged(input.resourceArn);
      const given = new Set(input.tags?.map(({ key }) => key));
      checkTags([...tags.filter(({ key }) => !given.has(key)), ...(input.tags ?? [])]);
      for (const tag of input.tags ?? []) {
        const index = tags.findIndex(({ key }) => key === tag.key);
        if (index < 0) tags.push(tag);
        else tags[index] = tag;
      }
      context.changed();
      return {};
    },
    UntagResource: (input: UntagResourceRequest) => {
      const { tags } = tagged(input.resourceArn);
      const kept = tags.filter(({ key = '' }) => !(input.tagKeys ?? []).includes(key));
      tags.splice(0, tags.length, ...kept);
      context.changed();
      return {};
    },
    ListTagsForResource: (input: ListTagsForResourceRequest): ListTagsForResourceResponse => ({
      tags: tagged(input.resourceArn).tags,
    }),
  };
}

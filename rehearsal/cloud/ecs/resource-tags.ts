import type { Tag } from '@aws-sdk/client-ecs';
import { invalidParameter } from './errors.ts';

/** Source: ECS developer guide, "Tag restrictions". ECS's own words for these are not documented. */
const most = 50;

/** @throws InvalidParameterException where ECS does not take tags as a resource's */
export function checkTags(tags: readonly Tag[]): void {
  if (tags.length > most) throw invalidParameter(`A resource can have at most ${most} tags.`);
  const keys = tags.map(({ key = '' }) => key);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) throw invalidParameter(`Duplicate tag keys found: ${repeated}.`);
  for (const { key = '', value = '' } of tags) {
    if (key.length < 1 || key.length > 128) {
      throw invalidParameter('The key of a tag must have 1 to 128 characters.');
    }
    if (value.length > 256) throw invalidParameter('The value of a tag must have at most 256 characters.');
    if (/^aws:/i.test(key)) {
      throw invalidParameter(`The tag key ${key} is reserved: keys must not begin with "aws:".`);
    }
  }
}

import type { Aws } from '../aws/index.ts';
import { describeRevisions, describeService, type ServiceName } from '../ecs/index.ts';

/**
 * Whether a service has tasks of an image, or would start some: what ECS calls its current revisions. The records at
 * GitHub tell what was deployed; what runs, ECS alone knows.
 */
export async function runsImage(aws: Aws, name: ServiceName, digest: string): Promise<boolean> {
  const service = await describeService(aws, name);
  const arns = (service?.currentServiceRevisions ?? []).flatMap(({ arn }) =>
    arn === undefined ? [] : [arn],
  );
  const revisions = await describeRevisions(aws, arns);
  return [...revisions.values()].some(({ digests }) => digests.includes(digest));
}

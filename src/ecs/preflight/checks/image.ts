import { ownContainer } from '../../task-definition/build.ts';
import type { Check, Facts, Objection } from '../facts.ts';
import { neededPlatform } from '../needs.ts';
import { of } from './objection.ts';

/** What is deployed, and what it runs in. */
export const imageChecks: readonly Check[] = [image, port];

/** A task whose image has no such platform is pulled in vain, again and again. */
function image({ gathered, environment, release, own }: Facts): Objection | undefined {
  const { aws, compute, image: configured, name } = environment;
  return of(gathered.image, 'ecr:BatchGetImage and ecr:GetDownloadUrlForLayer', (platforms) => {
    if (platforms === undefined) {
      return {
        what: `The image ${release.image} is not in the registry (${aws.region ?? 'this region'})`,
        remedy: 'Run the Build Image job again',
      };
    }
    const needed = neededPlatform(environment, own);
    const missing = (needed === undefined ? configured.platforms : [needed]).filter(
      (platform) => !platforms.includes(platform),
    );
    if (missing.length === 0) return undefined;
    const runsOn = compute.launchType === 'FARGATE' ? 'Fargate' : (compute.instance ?? 'the cluster');
    return {
      what: `The image has no ${missing.join(', ')} to run on ${runsOn}: it has ${platforms.join(', ') || 'no platform'}`,
      remedy: missing.every((platform) => (configured.platforms as readonly string[]).includes(platform))
        ? 'Build the image again: image.platforms in sluice.yml has changed since'
        : `Set image.platforms in sluice.yml to [${missing.join(', ')}] and build the image again, or mend environments.${name}.compute`,
    };
  });
}

/** A task definition of the user's own may open another port than the one that the service is told to listen on. */
function port({ environment, own }: Facts): Objection | undefined {
  if (own === undefined) return undefined;
  const containers = own.containerDefinitions ?? [];
  const container = containers[ownContainer(containers, environment.serviceName)];
  const ports = (container?.portMappings ?? []).map(({ containerPort, containerPortRange }) =>
    containerPort === undefined ? (containerPortRange ?? '') : String(containerPort),
  );
  // With a network of its own a task is reached at any port, but a load balancer takes none that is not mapped; a
  // range may have this one.
  const isNotNamed =
    ports.length === 0 &&
    /^(awsvpc|host)$/.test(own.networkMode ?? 'bridge') &&
    environment.loadBalancer === undefined;
  const wanted = String(environment.container.port);
  if (isNotNamed || ports.includes(wanted) || ports.some((one) => one.includes('-'))) return undefined;
  return {
    what: `The container "${container?.name ?? ''}" of ${environment.taskDefinition ?? 'the task definition'} opens ${ports.length === 0 ? 'no port' : `port ${ports.join(', ')}`}, and the service listens on ${wanted}`,
    remedy: `Set container.port in sluice.yml to the port that the service listens on, and map it in portMappings`,
  };
}

import type { Clock } from '../clock.ts';
import {
  clientException,
  clusterNotFound,
  invalidParameter,
  serviceNotActive,
  serviceNotFound,
} from './errors.ts';
import type { ClusterRecord, EcsState, ServiceRecord, TaskDefinitionRecord } from './model.ts';
import type { Services } from './services.ts';
import type { Tasks } from './tasks.ts';
import type { LoadBalancing } from './world.ts';

/** What the operations work on. */
export interface EcsContext {
  readonly state: EcsState;
  readonly services: Services;
  readonly tasks: Tasks;
  readonly loadBalancing: LoadBalancing;
  readonly clock: Clock;
  readonly changed: () => void;
}

/** By name or ARN; the cluster `default` where nothing is said, as on AWS. @throws ClusterNotFoundException */
export function clusterOf({ state }: EcsContext, cluster: string | undefined): ClusterRecord {
  const name = (cluster ?? 'default').split('/').at(-1);
  const found = state.clusters.find((candidate) => candidate.name === name && candidate.status === 'ACTIVE');
  if (found === undefined) throw clusterNotFound();
  return found;
}

export function findService(
  context: EcsContext,
  cluster: ClusterRecord,
  nameOrArn: string,
): ServiceRecord | undefined {
  const name = nameOrArn.split('/').at(-1);
  // A service that was deleted can be described for a while; a new one of its name comes first.
  const all = context.state.services.filter(
    (service) => service.clusterArn === cluster.arn && service.name === name,
  );
  return all.find(({ status }) => status !== 'INACTIVE') ?? all.at(-1);
}

/** @throws ServiceNotFoundException, ServiceNotActiveException */
export function activeService(context: EcsContext, cluster: ClusterRecord, nameOrArn: string): ServiceRecord {
  const service = findService(context, cluster, nameOrArn);
  if (service === undefined) throw serviceNotFound();
  if (service.status !== 'ACTIVE') throw serviceNotActive();
  return service;
}

/** `family` (its newest active revision), `family:revision` or an ARN. */
export function findDefinition({ state }: EcsContext, reference: string): TaskDefinitionRecord | undefined {
  const name = reference.startsWith('arn:') ? (reference.split('/').at(-1) ?? '') : reference;
  const [family, revision] = name.split(':');
  const all = state.taskDefinitions.filter((definition) => definition.family === family);
  if (revision !== undefined) return all.find((definition) => String(definition.revision) === revision);
  return all.filter(({ status }) => status === 'ACTIVE').at(-1);
}

/** For whoever starts tasks of it: it has to be active. @throws ClientException, InvalidParameterException */
export function activeDefinition(context: EcsContext, reference: string | undefined): TaskDefinitionRecord {
  if (reference === undefined || reference === '') throw invalidParameter('TaskDefinition can not be blank.');
  const definition = findDefinition(context, reference);
  if (definition === undefined) throw clientException('TaskDefinition not found.');
  if (definition.status !== 'ACTIVE') throw clientException('TaskDefinition is inactive');
  return definition;
}

export function date(milliseconds: number): Date;
export function date(milliseconds: number | undefined): Date | undefined;
export function date(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

/** A page of a list, by ECS's `maxResults` and `nextToken`. */
export function page<T>(
  items: readonly T[],
  { maxResults = 100, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
): { items: T[]; token: { nextToken?: string } } {
  const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64url').toString('utf8'));
  if (!Number.isInteger(from) || from < 0) throw invalidParameter('Invalid token.');
  const to = from + maxResults;
  const token = to < items.length ? { nextToken: Buffer.from(String(to)).toString('base64url') } : {};
  return { items: items.slice(from, to), token };
}

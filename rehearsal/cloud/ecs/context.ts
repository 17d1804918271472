import type { Clock } from '../clock.ts';
import { pageOf } from '../wire/page.ts';
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
  if (cluster !== undefined && !cluster.startsWith('arn:') && !/^[A-Za-z0-9_-]{1,255}$/.test(cluster)) {
    throw invalidParameter(`Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was ${cluster}`);
  }
  const found = state.clusters.find((candidate) => candidate.name === name && candidate.status === 'ACTIVE');
  if (found === undefined) throw clusterNotFound();
  return found;
}

/** @throws InvalidParameterException where an ARN names another cluster than the one that was asked for */
export function checkCluster({ name }: ClusterRecord, nameOrArn: string): void {
  const [, of] = /^arn:[^/]*:(?:service|task)\/([^/]+)\/[^/]+$/.exec(nameOrArn) ?? [];
  if (of === undefined || of === name) return;
  throw invalidParameter(`Invalid identifier: Identifier is for cluster ${of}. Your cluster is ${name}`);
}

export function findService(
  context: EcsContext,
  cluster: ClusterRecord,
  nameOrArn: string,
): ServiceRecord | undefined {
  checkCluster(cluster, nameOrArn);
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
  if (!(Number.isInteger(maxResults) && maxResults >= 1 && maxResults <= 100)) {
    throw invalidParameter(`maxResults must be between 1 and 100, and is ${maxResults}.`);
  }
  const found = pageOf(items, maxResults, nextToken, () => invalidParameter('Invalid token.'));
  return { items: [...found.items], token: found.token };
}

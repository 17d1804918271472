import type {
  DeleteTaskDefinitionsRequest,
  DeleteTaskDefinitionsResponse,
  DeregisterTaskDefinitionRequest,
  DeregisterTaskDefinitionResponse,
  DescribeTaskDefinitionRequest,
  DescribeTaskDefinitionResponse,
  Failure,
  ListTaskDefinitionFamiliesRequest,
  ListTaskDefinitionFamiliesResponse,
  ListTaskDefinitionsRequest,
  ListTaskDefinitionsResponse,
  RegisterTaskDefinitionRequest,
  RegisterTaskDefinitionResponse,
} from '@aws-sdk/client-ecs';
import type { Call, Operation } from '../../wire/service.ts';
import { findDefinition, page, type EcsContext } from '../context.ts';
import { checkOneOf, clientException, invalidParameter } from '../errors.ts';
import type { TaskDefinitionRecord } from '../model.ts';
import { checkTags } from '../resource-tags.ts';
import { checkedDefinition, describedDefinition } from '../task-definition.ts';

export function taskDefinitionOperations(context: EcsContext): Record<string, Operation> {
  const { state, clock } = context;
  const known = (reference: string | undefined): TaskDefinitionRecord => {
    const definition = findDefinition(context, reference ?? '');
    if (definition === undefined) throw clientException('Unable to describe task definition.');
    return definition;
  };

  return {
    RegisterTaskDefinition: (
      input: RegisterTaskDefinitionRequest,
      call: Call,
    ): RegisterTaskDefinitionResponse => {
      if (input.tags?.length === 0) throw clientException('Tags can not be empty.');
      checkTags(input.tags ?? []);
      const definition = checkedDefinition(input);
      const family = input.family ?? '';
      const revision = (state.lastRevision[family] ?? 0) + 1;
      state.lastRevision[family] = revision;
      const record: TaskDefinitionRecord = {
        arn: `arn:aws:ecs:${call.region}:${call.accountId}:task-definition/${family}:${revision}`,
        family,
        revision,
        status: 'ACTIVE',
        registeredAt: clock.now().getTime(),
        registeredBy: call.callerArn,
        definition,
        tags: [...(input.tags ?? [])],
      };
      state.taskDefinitions.push(record);
      context.changed();
      return { taskDefinition: describedDefinition(record), tags: record.tags };
    },

    DescribeTaskDefinition: (input: DescribeTaskDefinitionRequest): DescribeTaskDefinitionResponse => {
      const record = known(input.taskDefinition);
      return {
        taskDefinition: describedDefinition(record),
        tags: input.include?.includes('TAGS') === true ? record.tags : [],
      };
    },

    DeregisterTaskDefinition: (input: DeregisterTaskDefinitionRequest): DeregisterTaskDefinitionResponse => {
      if (!(input.taskDefinition ?? '').includes(':')) throw clientException('Revision is required.');
      const record = known(input.taskDefinition);
      record.status = 'INACTIVE';
      record.deregisteredAt = clock.now().getTime();
      context.changed();
      return { taskDefinition: describedDefinition(record) };
    },

    DeleteTaskDefinitions: (input: DeleteTaskDefinitionsRequest): DeleteTaskDefinitionsResponse => {
      const references = input.taskDefinitions ?? [];
      if (references.length === 0 || references.length > 10) {
        throw invalidParameter('taskDefinitions must have 1 to 10 items.');
      }
      const deleted: TaskDefinitionRecord[] = [];
      const failures: Failure[] = [];
      for (const arn of references) {
        const record = arn.includes(':') ? findDefinition(context, arn) : undefined;
        if (record === undefined) {
          failures.push({
            arn,
            reason:
              'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
          });
        } else if (record.status === 'ACTIVE') {
          failures.push({
            arn,
            reason:
              'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
          });
        } else {
          record.status = 'DELETE_IN_PROGRESS';
          deleted.push(record);
        }
      }
      context.changed();
      return { taskDefinitions: deleted.map(describedDefinition), failures };
    },

    ListTaskDefinitions: (input: ListTaskDefinitionsRequest): ListTaskDefinitionsResponse => {
      checkOneOf('status', input.status, ['ACTIVE', 'DELETE_IN_PROGRESS', 'INACTIVE']);
      checkOneOf('sort', input.sort, ['ASC', 'DESC']);
      const arns = state.taskDefinitions
        .filter(({ family }) => family.startsWith(input.familyPrefix ?? ''))
        .filter(({ status }) => status === (input.status ?? 'ACTIVE'))
        .map(({ arn }) => arn);
      if (input.sort === 'DESC') arns.reverse();
      const { items, token } = page(arns, input);
      return { taskDefinitionArns: items, ...token };
    },

    ListTaskDefinitionFamilies: (
      input: ListTaskDefinitionFamiliesRequest,
    ): ListTaskDefinitionFamiliesResponse => {
      checkOneOf('status', input.status, ['ACTIVE', 'ALL', 'INACTIVE']);
      const wanted = input.status ?? 'ALL';
      const families = new Set(
        state.taskDefinitions
          .filter(({ family }) => family.startsWith(input.familyPrefix ?? ''))
          .filter(({ status }) => wanted === 'ALL' || status === wanted)
          .map(({ family }) => family),
      );
      const { items, token } = page([...families].sort(), input);
      return { families: items, ...token };
    },
  };
}

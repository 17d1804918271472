import * as sdk from '@aws-sdk/client-ssm';
import type { SecretSource } from '../ecs/world.ts';
import type { Roles } from '../roles/index.ts';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';
import { parameterArn, ParameterStore, type ParameterRecord } from './store.ts';
import { parameterSource } from './value-from.ts';

export interface SystemsManager extends Service {
  /** What ECS injects. */
  readonly source: SecretSource;
  readonly store: ParameterStore;
}

/** Source: Systems Manager, "Parameter Store endpoints and quotas". */
const valueLimitBytes = { Standard: 4096, Advanced: 8192 } as const;
const namesAtOnce = 10;

/** Systems Manager's Parameter Store: current values, without the history, labels and policies that AWS keeps. */
export function createSystemsManager(roles: Roles, now: () => number): SystemsManager {
  const store = new ParameterStore();
  return {
    id: 'ssm',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'AmazonSSM' },
    schemas: {
      DeleteParameter: sdk.DeleteParameter$,
      DescribeParameters: sdk.DescribeParameters$,
      GetParameter: sdk.GetParameter$,
      GetParameters: sdk.GetParameters$,
      PutParameter: sdk.PutParameter$,
    },
    operations: operationsOf(store, now),
    source: parameterSource(store, roles),
    store,
  };
}

function operationsOf(store: ParameterStore, now: () => number) {
  return {
    PutParameter: (input: sdk.PutParameterRequest, call: Call): sdk.PutParameterResult => {
      refuseWhatIsNotThere(input);
      const { Name: name = '', Value: value = '', Tier: tier = 'Standard' } = input;
      const before = store.find(name);
      if (before !== undefined && input.Overwrite !== true) {
        throw new ServiceError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      }
      const type = input.Type ?? before?.type;
      if (type === undefined) {
        throw new ServiceError(
          'ValidationException',
          'A parameter type is required when you create a parameter.',
        );
      }
      if (!['SecureString', 'String', 'StringList'].includes(type)) {
        throw new ServiceError(
          'ValidationException',
          `1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]`,
        );
      }
      if (value === '') {
        throw new ServiceError(
          'ValidationException',
          "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
        );
      }
      if (/^\/?(?:aws|ssm)/i.test(name)) {
        throw new ServiceError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
      }
      if (!/^\/?[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+)*$/.test(name)) {
        throw new ServiceError(
          'ValidationException',
          'Parameter name must be a fully qualified name: letters, digits and any of _.-, in parts that / separates.',
        );
      }
      const storedTier = tier === 'Advanced' ? 'Advanced' : 'Standard';
      const limit = valueLimitBytes[storedTier];
      if (Buffer.byteLength(value) > limit) {
        throw new ServiceError(
          'ValidationException',
          `${storedTier} tier parameters support a maximum parameter value of ${limit} characters.`,
        );
      }
      const parameter: ParameterRecord = {
        name,
        arn: parameterArn(name, call),
        type,
        value,
        version: (before?.version ?? 0) + 1,
        tier: storedTier,
        changedAt: now(),
        changedBy: call.callerArn,
        ...ifThere('description', input.Description ?? before?.description),
        ...(type === 'SecureString' ? { keyId: input.KeyId ?? before?.keyId ?? 'alias/aws/ssm' } : {}),
      };
      store.put(parameter);
      return { Version: parameter.version, Tier: parameter.tier };
    },

    GetParameter: ({
      Name: id = '',
      WithDecryption: decrypted,
    }: sdk.GetParameterRequest): sdk.GetParameterResult => {
      const parameter = store.find(id);
      // AWS says nothing but the name of the error.
      if (parameter === undefined) throw new ServiceError('ParameterNotFound', '');
      return { Parameter: withValue(parameter, decrypted === true) };
    },

    GetParameters: ({
      Names: ids = [],
      WithDecryption: decrypted,
    }: sdk.GetParametersRequest): sdk.GetParametersResult => {
      if (ids.length > namesAtOnce) {
        throw new ServiceError(
          'ValidationException',
          `1 validation error detected: Value '[${ids.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to ${namesAtOnce}`,
        );
      }
      const found = ids.map((id) => ({ id, parameter: store.find(id) }));
      return {
        Parameters: found.flatMap(({ parameter }) =>
          parameter === undefined ? [] : [withValue(parameter, decrypted === true)],
        ),
        InvalidParameters: found.flatMap(({ id, parameter }) => (parameter === undefined ? [id] : [])),
      };
    },

    DescribeParameters: (input: sdk.DescribeParametersRequest): sdk.DescribeParametersResult => {
      const filters = input.ParameterFilters ?? [];
      if (input.Filters !== undefined || input.Shared !== undefined) {
        throw new ServiceError('InvalidFilterKey', 'The rehearsal filters parameters by ParameterFilters.');
      }
      const found = store.list().filter((parameter) => filters.every((filter) => fits(parameter, filter)));
      const { items, token } = pageOf(found, input.MaxResults ?? 50, input.NextToken, invalidToken);
      return {
        Parameters: items.map(describe),
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },

    DeleteParameter: ({ Name: name = '' }: sdk.DeleteParameterRequest): sdk.DeleteParameterResult => {
      if (!store.remove(name)) throw new ServiceError('ParameterNotFound', '');
      return {};
    },
  };
}

function fits(
  parameter: ParameterRecord,
  { Key: key, Option: option = 'Equals', Values: values = [] }: sdk.ParameterStringFilter,
): boolean {
  if (key === 'Type') return values.includes(parameter.type);
  if (key !== 'Name') {
    throw new ServiceError(
      'InvalidFilterKey',
      `The rehearsal filters parameters by Name and Type, not ${key ?? ''}.`,
    );
  }
  switch (option) {
    case 'Equals':
      return values.includes(parameter.name);
    case 'BeginsWith':
      return values.some((value) => parameter.name.startsWith(value));
    case 'Contains':
      return values.some((value) => parameter.name.includes(value));
    default:
      throw new ServiceError('InvalidFilterOption', `The filter option ${option} is not valid for Name.`);
  }
}

/** A SecureString that is not to be decrypted is answered as the ciphertext that nobody reads: here, of nothing. */
function withValue(parameter: ParameterRecord, decrypted: boolean): sdk.Parameter {
  const { name, arn, type, value, version, changedAt } = parameter;
  return {
    Name: name,
    ARN: arn,
    Type: type,
    Value: type === 'SecureString' && !decrypted ? 'encrypted' : value,
    Version: version,
    LastModifiedDate: new Date(changedAt),
    DataType: 'text',
  };
}

function describe(parameter: ParameterRecord): sdk.ParameterMetadata {
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: parameter.type,
    KeyId: parameter.keyId,
    LastModifiedDate: new Date(parameter.changedAt),
    LastModifiedUser: parameter.changedBy,
    Description: parameter.description,
    Version: parameter.version,
    Tier: parameter.tier,
    Policies: [],
    DataType: 'text',
  };
}

function refuseWhatIsNotThere(input: sdk.PutParameterRequest): void {
  const unknown = (['AllowedPattern', 'Policies', 'Tags'] as const).find((key) => input[key] !== undefined);
  if (unknown !== undefined) {
    throw new ServiceError('UnsupportedOperation', `The rehearsal keeps parameters without ${unknown}.`);
  }
  if (input.DataType !== undefined && input.DataType !== 'text') {
    throw new ServiceError('UnsupportedOperation', `The rehearsal keeps parameters of the data type text.`);
  }
}

function ifThere<Key extends string, T>(key: Key, value: T | undefined): Partial<Record<Key, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, T>);
}

function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextToken', 'The specified token is not valid.');
}

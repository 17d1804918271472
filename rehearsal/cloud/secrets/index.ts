import { randomUUID } from 'node:crypto';
import {
  CreateSecret$,
  DeleteSecret$,
  DescribeSecret$,
  GetSecretValue$,
  ListSecrets$,
  PutSecretValue$,
  UpdateSecretVersionStage$,
  type CreateSecretRequest,
  type CreateSecretResponse,
  type DeleteSecretRequest,
  type DeleteSecretResponse,
  type DescribeSecretRequest,
  type DescribeSecretResponse,
  type GetSecretValueRequest,
  type GetSecretValueResponse,
  type ListSecretsResponse,
  type PutSecretValueRequest,
  type PutSecretValueResponse,
  type UpdateSecretVersionStageRequest,
  type UpdateSecretVersionStageResponse,
} from '@aws-sdk/client-secrets-manager';
import type { RoleSource, SecretSource } from '../ecs/world.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';

interface Version {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
  stages: string[];
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  changedAt: number;
  deletedAt?: number;
  versions: Version[];
}

const current = 'AWSCURRENT';
const previous = 'AWSPREVIOUS';

/** Secrets Manager: versions and staging labels. Values are never logged, and leave it only through GetSecretValue. */
export class Secrets implements SecretSource {
  #secrets: Secret[] = [];
  readonly #roles: RoleSource;
  readonly #now: () => number;

  constructor(roles: RoleSource, now: () => number = Date.now) {
    this.#roles = roles;
    this.#now = now;
  }

  save(): Secret[] {
    return this.#secrets;
  }

  load(secrets: Secret[]): void {
    this.#secrets = secrets;
  }

  /**
   * What ECS injects for a `valueFrom`, which is `arn[:json-key[:version-stage[:version-id]]]`.
   * Source: ECS, "Pass Secrets Manager secrets through environment variables".
   */
  read(valueFrom: string, executionRoleArn: string | undefined): { value: string } | { error: string } {
    const prefix = 'ResourceInitializationError: unable to pull secrets or registry auth: ';
    if (executionRoleArn === undefined || !this.#roles.canBeAssumedByTasks(executionRoleArn)) {
      return {
        error: `${prefix}execution resource retrieval failed: unable to retrieve secret from asm: the task's execution role cannot be assumed: ${executionRoleArn ?? '(none)'}`,
      };
    }
    const { id, jsonKey, stage, versionId } = parseValueFrom(valueFrom);
    const secret = this.#find(id);
    const version = secret?.versions.find((candidate) =>
      versionId === ''
        ? candidate.stages.includes(stage === '' ? current : stage)
        : candidate.id === versionId,
    );
    if (secret === undefined || secret.deletedAt !== undefined || version === undefined) {
      return {
        error: `${prefix}execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${id} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
      };
    }
    if (jsonKey === '') return { value: version.value };
    const value = jsonMember(version.value, jsonKey);
    return value === undefined
      ? {
          error: `${prefix}execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key ${jsonKey}`,
        }
      : { value };
  }

  service(): Service {
    return {
      id: 'secretsmanager',
      protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'secretsmanager' },
      schemas: {
        CreateSecret: CreateSecret$,
        DeleteSecret: DeleteSecret$,
        DescribeSecret: DescribeSecret$,
        GetSecretValue: GetSecretValue$,
        ListSecrets: ListSecrets$,
        PutSecretValue: PutSecretValue$,
        UpdateSecretVersionStage: UpdateSecretVersionStage$,
      },
      operations: {
        CreateSecret: (input: CreateSecretRequest, call: Call): CreateSecretResponse => {
          const name = input.Name ?? '';
          if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name)) {
            throw new ServiceError(
              'ValidationException',
              'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
            );
          }
          if (this.#secrets.some((secret) => secret.name === name)) {
            throw new ServiceError(
              'ResourceExistsException',
              `The operation failed because the secret ${name} already exists.`,
            );
          }
          const suffix = randomUUID().replaceAll('-', '').slice(0, 6);
          const secret: Secret = {
            arn: `arn:aws:secretsmanager:${call.region}:${call.accountId}:secret:${name}-${suffix}`,
            name,
            createdAt: this.#now(),
            changedAt: this.#now(),
            versions: [],
          };
          this.#secrets.push(secret);
          const version =
            input.SecretString === undefined
              ? undefined
              : this.#addVersion(secret, input.SecretString, input.ClientRequestToken, [current]);
          return { ARN: secret.arn, Name: name, ...(version === undefined ? {} : { VersionId: version.id }) };
        },
        PutSecretValue: (input: PutSecretValueRequest): PutSecretValueResponse => {
          const secret = this.#live(input.SecretId);
          const stages = input.VersionStages ?? [current];
          const version = this.#addVersion(
            secret,
            input.SecretString ?? '',
            input.ClientRequestToken,
            stages,
          );
          return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
        },
        GetSecretValue: (input: GetSecretValueRequest): GetSecretValueResponse => {
          const secret = this.#live(input.SecretId);
          const version = secret.versions.find((candidate) =>
            input.VersionId === undefined
              ? candidate.stages.includes(input.VersionStage ?? current)
              : candidate.id === input.VersionId,
          );
          if (version === undefined) {
            throw new ServiceError(
              'ResourceNotFoundException',
              `Secrets Manager can't find the specified secret value for ${input.VersionId === undefined ? `staging label: ${input.VersionStage ?? current}` : `VersionId: ${input.VersionId}`}`,
            );
          }
          return {
            ARN: secret.arn,
            Name: secret.name,
            VersionId: version.id,
            VersionStages: version.stages,
            SecretString: version.value,
            CreatedDate: new Date(version.createdAt),
          };
        },
        DescribeSecret: (input: DescribeSecretRequest): DescribeSecretResponse => {
          const secret = this.#known(input.SecretId);
          return {
            ...describe(secret),
            VersionIdsToStages: Object.fromEntries(
              secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
            ),
          };
        },
        ListSecrets: (): ListSecretsResponse => ({
          SecretList: this.#secrets.filter(({ deletedAt }) => deletedAt === undefined).map(describe),
        }),
        UpdateSecretVersionStage: (
          input: UpdateSecretVersionStageRequest,
        ): UpdateSecretVersionStageResponse => {
          const secret = this.#live(input.SecretId);
          const label = input.VersionStage ?? '';
          const holder = secret.versions.find(({ stages }) => stages.includes(label));
          if (
            holder !== undefined &&
            holder.id !== input.RemoveFromVersionId &&
            input.MoveToVersionId !== undefined
          ) {
            throw new ServiceError(
              'InvalidParameterException',
              `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
            );
          }
          this.#attach(secret, label, input.MoveToVersionId);
          return { ARN: secret.arn, Name: secret.name };
        },
        DeleteSecret: (input: DeleteSecretRequest): DeleteSecretResponse => {
          const secret = this.#live(input.SecretId);
          secret.deletedAt = this.#now();
          if (input.ForceDeleteWithoutRecovery === true) {
            this.#secrets = this.#secrets.filter((candidate) => candidate !== secret);
          }
          return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(secret.deletedAt) };
        },
      },
    };
  }

  #addVersion(secret: Secret, value: string, token: string | undefined, stages: readonly string[]): Version {
    const existing = secret.versions.find(({ id }) => id === token);
    if (existing !== undefined) {
      if (existing.value === value) return existing;
      throw new ServiceError(
        'ResourceExistsException',
        "You can't use ClientRequestToken because that value is already in use for a version of secret.",
      );
    }
    const version: Version = { id: token ?? randomUUID(), value, createdAt: this.#now(), stages: [] };
    secret.versions.push(version);
    for (const stage of stages) this.#attach(secret, stage, version.id);
    secret.changedAt = this.#now();
    return version;
  }

  /** A label is on one version at most; the version that loses AWSCURRENT becomes AWSPREVIOUS. */
  #attach(secret: Secret, label: string, versionId: string | undefined): void {
    const holder = secret.versions.find(({ stages }) => stages.includes(label));
    const target = secret.versions.find(({ id }) => id === versionId);
    if (versionId !== undefined && target === undefined) {
      throw new ServiceError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret version.",
      );
    }
    if (holder === target) return;
    if (holder !== undefined) holder.stages = holder.stages.filter((stage) => stage !== label);
    target?.stages.push(label);
    if (label === current && holder !== undefined) {
      for (const version of secret.versions)
        version.stages = version.stages.filter((stage) => stage !== previous);
      holder.stages.push(previous);
    }
  }

  /** By full ARN, by ARN without its random suffix, or by name. */
  #find(id: string): Secret | undefined {
    return this.#secrets.find(
      (secret) =>
        secret.arn === id || secret.name === id || secret.arn.replace(/-[A-Za-z0-9]{6}$/, '') === id,
    );
  }

  #known(id: string | undefined): Secret {
    const secret = this.#find(id ?? '');
    if (secret === undefined) {
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  #live(id: string | undefined): Secret {
    const secret = this.#known(id);
    if (secret.deletedAt !== undefined) {
      throw new ServiceError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  }
}

function describe(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    ...(secret.deletedAt === undefined ? {} : { DeletedDate: new Date(secret.deletedAt) }),
  };
}

function parseValueFrom(valueFrom: string): {
  id: string;
  jsonKey: string;
  stage: string;
  versionId: string;
} {
  if (!valueFrom.startsWith('arn:')) return { id: valueFrom, jsonKey: '', stage: '', versionId: '' };
  const parts = valueFrom.split(':');
  const [jsonKey = '', stage = '', versionId = ''] = parts.slice(7);
  return { id: parts.slice(0, 7).join(':'), jsonKey, stage, versionId };
}

function jsonMember(text: string, key: string): string | undefined {
  try {
    const value = (JSON.parse(text) as Record<string, unknown>)[key];
    if (value === undefined) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

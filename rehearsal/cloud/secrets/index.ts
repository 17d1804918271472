import * as sdk from '@aws-sdk/client-secrets-manager';
import type { SecretSource } from '../ecs/world.ts';
import type { Roles } from '../roles/index.ts';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call, type Service } from '../wire/service.ts';
import { asTags, byKey } from '../wire/tags.ts';
import {
  currentLabel,
  holderOf,
  notFound,
  SecretStore,
  type Secret,
  type SecretValue,
  type Version,
} from './store.ts';
import { secretSource } from './value-from.ts';

export interface SecretsManager extends Service {
  /** What ECS injects. */
  readonly source: SecretSource;
  readonly store: SecretStore;
}

const dayMs = 86_400_000;
/** Source: Secrets Manager, "Quotas": 65,536 bytes. */
const valueLimitBytes = 65_536;
const namePattern = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;

/** Secrets Manager: versions and staging labels. A value leaves it only by GetSecretValue and into tasks. */
export function createSecretsManager(roles: Roles, now: () => number): SecretsManager {
  const store = new SecretStore(now);
  return {
    id: 'secretsmanager',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'secretsmanager' },
    schemas: {
      CreateSecret: sdk.CreateSecret$,
      DeleteSecret: sdk.DeleteSecret$,
      DescribeSecret: sdk.DescribeSecret$,
      GetSecretValue: sdk.GetSecretValue$,
      ListSecrets: sdk.ListSecrets$,
      ListSecretVersionIds: sdk.ListSecretVersionIds$,
      PutSecretValue: sdk.PutSecretValue$,
      RestoreSecret: sdk.RestoreSecret$,
      TagResource: sdk.TagResource$,
      UntagResource: sdk.UntagResource$,
      UpdateSecret: sdk.UpdateSecret$,
      UpdateSecretVersionStage: sdk.UpdateSecretVersionStage$,
    },
    operations: { ...lifeOperations(store, now), ...valueOperations(store, now), ...listOperations(store) },
    source: secretSource(store, roles),
    store,
  };
}

/** A secret itself: made, changed, tagged, deleted, restored. */
function lifeOperations(store: SecretStore, now: () => number) {
  return {
    CreateSecret: (input: sdk.CreateSecretRequest, call: Call): sdk.CreateSecretResponse => {
      const name = input.Name ?? '';
      if (!namePattern.test(name)) {
        throw new ServiceError(
          'ValidationException',
          'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
        );
      }
      const value = valueOf(input);
      const secret = store.create(call, name, { tags: byKey(input.Tags), ...detailsOf(input) });
      if (value === undefined) return { ARN: secret.arn, Name: name };
      const { id } = store.addVersion(secret, value, input.ClientRequestToken, [currentLabel]);
      return { ARN: secret.arn, Name: name, VersionId: id };
    },

    UpdateSecret: (input: sdk.UpdateSecretRequest): sdk.UpdateSecretResponse => {
      const secret = store.live(input.SecretId);
      const value = valueOf(input);
      Object.assign(secret, detailsOf(input), { changedAt: now() });
      if (value === undefined) return { ARN: secret.arn, Name: secret.name };
      const { id } = store.addVersion(secret, value, input.ClientRequestToken, [currentLabel]);
      return { ARN: secret.arn, Name: secret.name, VersionId: id };
    },

    DeleteSecret: (input: sdk.DeleteSecretRequest): sdk.DeleteSecretResponse => {
      const { SecretId, RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force } = input;
      if (days !== undefined && force === true) {
        throw invalidParameter(
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        );
      }
      if (days !== undefined && !(days >= 7 && days <= 30)) {
        throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
      }
      if (force === true) {
        // To force the deletion of what is not there is no error; its answer names what was asked for.
        const secret = store.find(SecretId ?? '');
        if (secret !== undefined) store.remove(secret);
        return {
          ARN: secret?.arn ?? SecretId,
          Name: secret?.name ?? SecretId,
          DeletionDate: new Date(now()),
        };
      }
      const secret = store.live(SecretId);
      const dueAt = now() + (days ?? 30) * dayMs;
      secret.deletion = { markedAt: now(), dueAt };
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(dueAt) };
    },

    RestoreSecret: ({ SecretId }: sdk.RestoreSecretRequest): sdk.RestoreSecretResponse => {
      const secret = store.known(SecretId);
      delete secret.deletion;
      return { ARN: secret.arn, Name: secret.name };
    },

    TagResource: ({ SecretId, Tags }: sdk.TagResourceRequest): object => {
      const secret = store.live(SecretId);
      secret.tags = { ...secret.tags, ...byKey(Tags) };
      return {};
    },

    UntagResource: ({ SecretId, TagKeys = [] }: sdk.UntagResourceRequest): object => {
      const secret = store.live(SecretId);
      const kept = Object.entries(secret.tags).filter(([key]) => !TagKeys.includes(key));
      secret.tags = Object.fromEntries(kept);
      return {};
    },
  };
}

/** The values of a secret, and which of them is current. */
function valueOperations(store: SecretStore, now: () => number) {
  return {
    PutSecretValue: (input: sdk.PutSecretValueRequest): sdk.PutSecretValueResponse => {
      const secret = store.live(input.SecretId);
      const value = valueOf(input);
      if (value === undefined) {
        throw invalidParameter('You must provide either SecretString or SecretBinary.');
      }
      const stages = input.VersionStages ?? [currentLabel];
      const version = store.addVersion(secret, value, input.ClientRequestToken, stages);
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
    },

    GetSecretValue: (input: sdk.GetSecretValueRequest): sdk.GetSecretValueResponse => {
      const secret = store.live(input.SecretId);
      const version = store.version(secret, { id: input.VersionId, stage: input.VersionStage });
      if (version === undefined) {
        throw notFound(
          input.VersionId === undefined
            ? `secret value for staging label: ${input.VersionStage ?? currentLabel}`
            : `secret value for VersionId: ${input.VersionId}`,
        );
      }
      secret.accessedAt = now();
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: version.stages,
        CreatedDate: new Date(version.createdAt),
        ...('text' in version.value
          ? { SecretString: version.value.text }
          : { SecretBinary: new Uint8Array(Buffer.from(version.value.binary, 'base64')) }),
      };
    },

    UpdateSecretVersionStage: (
      input: sdk.UpdateSecretVersionStageRequest,
    ): sdk.UpdateSecretVersionStageResponse => {
      const secret = store.live(input.SecretId);
      const label = input.VersionStage ?? '';
      const holder = holderOf(secret, label);
      if (
        holder !== undefined &&
        holder.id !== input.MoveToVersionId &&
        holder.id !== input.RemoveFromVersionId
      ) {
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      if (input.MoveToVersionId === undefined && label === currentLabel) {
        throw invalidParameter(
          `You can only move staging label ${currentLabel} to a different secret version. It can't be completely removed.`,
        );
      }
      store.moveLabel(secret, label, input.MoveToVersionId);
      return { ARN: secret.arn, Name: secret.name };
    },
  };
}

function listOperations(store: SecretStore) {
  return {
    DescribeSecret: ({ SecretId }: sdk.DescribeSecretRequest): sdk.DescribeSecretResponse => {
      const secret = store.known(SecretId);
      return { ...describe(secret), VersionIdsToStages: stagesOf(secret) };
    },

    ListSecrets: (input: sdk.ListSecretsRequest): sdk.ListSecretsResponse => {
      const filters = (input.Filters ?? []).map(({ Key, Values = [] }) => {
        if (Key === 'name') return (secret: Secret) => Values.some((value) => secret.name.startsWith(value));
        if (Key === 'tag-key') return (secret: Secret) => Values.some((value) => value in secret.tags);
        throw invalidParameter(`The rehearsal filters secrets by name and tag-key, not by ${String(Key)}.`);
      });
      const found = store
        .list()
        .filter(({ deletion }) => deletion === undefined || input.IncludePlannedDeletion === true)
        .filter((secret) => filters.every((holds) => holds(secret)));
      const { items, token } = pageOf(found, input.MaxResults ?? 100, input.NextToken, invalidToken);
      return {
        SecretList: items.map((secret) => ({
          ...describe(secret),
          SecretVersionsToStages: stagesOf(secret),
        })),
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },

    ListSecretVersionIds: (input: sdk.ListSecretVersionIdsRequest): sdk.ListSecretVersionIdsResponse => {
      const secret = store.known(input.SecretId);
      const versions = secret.versions.filter(
        ({ stages }) => stages.length > 0 || input.IncludeDeprecated === true,
      );
      const { items, token } = pageOf(versions, input.MaxResults ?? 100, input.NextToken, invalidToken);
      return {
        ARN: secret.arn,
        Name: secret.name,
        Versions: items.map(({ id, stages, createdAt }) => ({
          VersionId: id,
          VersionStages: stages,
          CreatedDate: new Date(createdAt),
        })),
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },
  };
}

/** @throws where there are two values, or one that is too large */
function valueOf(input: {
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
}): SecretValue | undefined {
  const { SecretString: text, SecretBinary: binary } = input;
  if (text !== undefined && binary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value.");
  }
  if (Buffer.byteLength(text ?? binary ?? '') > valueLimitBytes) {
    throw new ServiceError('ValidationException', `The secret value has more than ${valueLimitBytes} bytes.`);
  }
  if (text !== undefined) return { text };
  return binary && { binary: Buffer.from(binary).toString('base64') };
}

function detailsOf(input: {
  Description?: string | undefined;
  KmsKeyId?: string | undefined;
}): Pick<Secret, 'description' | 'kmsKeyId'> {
  return {
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.KmsKeyId === undefined ? {} : { kmsKeyId: input.KmsKeyId }),
  };
}

function describe(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: false,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    // The service reports the day, not the hour.
    LastAccessedDate:
      secret.accessedAt === undefined ? undefined : new Date(Math.floor(secret.accessedAt / dayMs) * dayMs),
    DeletedDate: secret.deletion === undefined ? undefined : new Date(secret.deletion.markedAt),
    Tags: asTags(secret.tags),
  };
}

function stagesOf({ versions }: Secret): Record<string, string[]> {
  const labelled = versions.filter(({ stages }: Version) => stages.length > 0);
  return Object.fromEntries(labelled.map(({ id, stages }) => [id, stages]));
}

function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextTokenException', 'The NextToken is invalid.');
}

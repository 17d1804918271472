import { randomInt, randomUUID } from 'node:crypto';
import { ServiceError } from '../wire/service.ts';

export interface Version {
  readonly id: string;
  readonly value: SecretValue;
  readonly createdAt: number;
  stages: string[];
}

/** Binary is base64, as it travels and as it is saved. */
export type SecretValue = { readonly text: string } | { readonly binary: string };

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  description?: string;
  kmsKeyId?: string;
  changedAt: number;
  accessedAt?: number;
  /** When it was marked for deletion, and when it goes for good. */
  deletion?: { readonly markedAt: number; readonly dueAt: number };
  tags: Record<string, string>;
  versions: Version[];
}

export const currentLabel = 'AWSCURRENT';
const previousLabel = 'AWSPREVIOUS';

/** Versions without a label are kept this many at most, the newest. Source: Secrets Manager, "Quotas". */
const versionsKept = 100;

/** The secrets of the account, with the rules of their staging labels. */
export class SecretStore {
  readonly #now: () => number;
  #secrets: Secret[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  save(): readonly Secret[] {
    return this.list();
  }

  load(secrets: Secret[]): void {
    this.#secrets = secrets;
  }

  list(): readonly Secret[] {
    this.#secrets = this.#secrets.filter(
      ({ deletion }) => deletion === undefined || deletion.dueAt > this.#now(),
    );
    return this.#secrets;
  }

  /** By full ARN, by ARN without its random suffix, or by name. */
  find(id: string): Secret | undefined {
    return this.list().find(
      ({ arn, name }) => arn === id || name === id || arn.replace(/-[A-Za-z0-9]{6}$/, '') === id,
    );
  }

  /** @throws ResourceNotFoundException */
  known(id: string | undefined): Secret {
    const secret = this.find(id ?? '');
    if (secret === undefined) throw notFound('secret');
    return secret;
  }

  /** One that is not marked for deletion. @throws InvalidRequestException where it is */
  live(id: string | undefined): Secret {
    const secret = this.known(id);
    if (secret.deletion !== undefined) {
      throw new ServiceError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  }

  /** @throws ResourceExistsException, InvalidRequestException where the name is still taken */
  create(
    { region, accountId }: { region: string; accountId: string },
    name: string,
    details: Pick<Secret, 'tags'> & { description?: string; kmsKeyId?: string },
  ): Secret {
    const existing = this.list().find((secret) => secret.name === name);
    if (existing?.deletion !== undefined) {
      throw new ServiceError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing !== undefined) {
      throw new ServiceError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    }
    const now = this.#now();
    const secret: Secret = {
      arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix()}`,
      name,
      createdAt: now,
      changedAt: now,
      versions: [],
      ...details,
    };
    this.#secrets.push(secret);
    return secret;
  }

  remove(secret: Secret): void {
    this.#secrets = this.#secrets.filter((candidate) => candidate !== secret);
  }

  /**
   * Adds a version under the labels. The same token with the same value again changes nothing, so that a retry is
   * safe. @throws ResourceExistsException where the token has another value
   */
  addVersion(
    secret: Secret,
    value: SecretValue,
    token: string | undefined,
    stages: readonly string[],
  ): Version {
    const existing = secret.versions.find(({ id }) => id === token);
    if (existing !== undefined) {
      if (JSON.stringify(existing.value) === JSON.stringify(value)) return existing;
      throw new ServiceError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${existing.id} because that value is already in use for a version of secret ${secret.arn}.`,
      );
    }
    const version: Version = { id: token ?? randomUUID(), value, createdAt: this.#now(), stages: [] };
    secret.versions.push(version);
    for (const stage of stages) this.moveLabel(secret, stage, version.id);
    secret.changedAt = this.#now();
    const deprecated = secret.versions.filter((candidate) => candidate.stages.length === 0);
    const surplus = new Set(deprecated.slice(0, Math.max(0, deprecated.length - versionsKept)));
    secret.versions = secret.versions.filter((candidate) => !surplus.has(candidate));
    return version;
  }

  /**
   * Moves a label to a version, or takes it away. The version that loses AWSCURRENT becomes AWSPREVIOUS.
   * Source: Secrets Manager, "What's in a Secrets Manager secret?"
   */
  moveLabel(secret: Secret, label: string, versionId: string | undefined): void {
    const holder = holderOf(secret, label);
    const target = secret.versions.find(({ id }) => id === versionId);
    if (versionId !== undefined && target === undefined) throw notFound('secret version');
    if (holder === target) return;
    detach(secret, label);
    target?.stages.push(label);
    if (label !== currentLabel || holder === undefined) return;
    detach(secret, previousLabel);
    holder.stages.push(previousLabel);
  }

  /** The version that is asked for: by its id, by a label, or the current one. */
  version(
    secret: Secret,
    { id, stage }: { id?: string | undefined; stage?: string | undefined },
  ): Version | undefined {
    if (id === undefined) return holderOf(secret, stage ?? currentLabel);
    const version = secret.versions.find((candidate) => candidate.id === id);
    return stage === undefined || version?.stages.includes(stage) === true ? version : undefined;
  }
}

export function holderOf(secret: Secret, label: string): Version | undefined {
  return secret.versions.find(({ stages }) => stages.includes(label));
}

export function notFound(what: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
}

function detach(secret: Secret, label: string): void {
  for (const version of secret.versions) version.stages = version.stages.filter((stage) => stage !== label);
}

/** Six characters, so that a secret made again under its old name has another ARN. */
function suffix(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

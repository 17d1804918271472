import type { SecretSource } from '../ecs/world.ts';
import type { Roles } from '../roles/index.ts';
import type { SecretStore } from './store.ts';

const failed = 'ResourceInitializationError: unable to pull secrets or registry auth: ';
const retrieval = `${failed}execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): `;
const action = 'secretsmanager:GetSecretValue';

/**
 * The secrets as ECS injects them, with the words of its agent where it cannot.
 * Source: ECS, "Pass Secrets Manager secrets through Amazon ECS environment variables"; the wording is that of
 * stopped tasks in public issues (Releem/releem-agent#195, aws/copilot-cli#3104).
 */
export function secretSource(store: SecretStore, roles: Roles): SecretSource {
  return {
    read(valueFrom, executionRoleArn) {
      if (executionRoleArn === undefined || !roles.canBeAssumedByTasks(executionRoleArn)) {
        return {
          error: `${failed}The task cannot pull the secret ${valueFrom}: ECS was unable to assume the role '${executionRoleArn ?? ''}' that was provided for this task.`,
        };
      }
      const { id, jsonKey, stage, versionId } = parseValueFrom(valueFrom);
      const secret = store.find(id);
      const version =
        secret?.deletion === undefined && secret !== undefined
          ? store.version(secret, { id: versionId, stage })
          : undefined;
      if (version === undefined) {
        return {
          error: `${retrieval}failed to fetch secret ${id} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
        };
      }
      const arn = secret?.arn ?? id;
      if (!roles.mayRead(executionRoleArn, action, arn)) {
        return {
          error: `${retrieval}failed to fetch secret ${id} from secrets manager: AccessDeniedException: ${roles.taskIdentity(executionRoleArn)} is not authorized to perform: ${action} on resource: ${arn} because no identity-based policy allows the ${action} action`,
        };
      }
      const value =
        'text' in version.value
          ? version.value.text
          : Buffer.from(version.value.binary, 'base64').toString('utf8');
      if (jsonKey === undefined) return { value };
      const member = memberOf(value, jsonKey);
      return member === undefined
        ? { error: `${retrieval}retrieved secret from Secrets Manager did not contain json key ${jsonKey}` }
        : { value: member };
    },
  };
}

interface ValueFrom {
  readonly id: string;
  readonly jsonKey?: string;
  readonly stage?: string;
  readonly versionId?: string;
}

/** `arn:aws:secretsmanager:region:account:secret:name[:json-key[:version-stage[:version-id]]]`, or a name. */
export function parseValueFrom(valueFrom: string): ValueFrom {
  if (!valueFrom.startsWith('arn:')) return { id: valueFrom };
  const parts = valueFrom.split(':');
  const [jsonKey = '', stage = '', versionId = ''] = parts.slice(7);
  return {
    id: parts.slice(0, 7).join(':'),
    ...(jsonKey === '' ? {} : { jsonKey }),
    ...(stage === '' ? {} : { stage }),
    ...(versionId === '' ? {} : { versionId }),
  };
}

function memberOf(text: string, key: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // A secret that is not JSON has no keys.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, key)) return undefined;
  const value = (parsed as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : JSON.stringify(value);
}

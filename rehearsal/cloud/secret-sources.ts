import type { SecretSource } from './ecs/world.ts';

/**
 * What ECS injects, by what a `valueFrom` names: the ARN of a secret of Secrets Manager, or the name or ARN of a
 * parameter of the Parameter Store. Source: ECS API reference, "Secret".
 */
export function secretSources(secretsManager: SecretSource, parameterStore: SecretSource): SecretSource {
  return {
    read: (valueFrom, executionRoleArn) =>
      (/^arn:[^:]+:secretsmanager:/.test(valueFrom) ? secretsManager : parameterStore).read(
        valueFrom,
        executionRoleArn,
      ),
  };
}

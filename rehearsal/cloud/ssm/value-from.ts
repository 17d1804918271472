import type { Roles } from '../roles/index.ts';
import type { ParameterStore } from './store.ts';
import type { SecretSource } from '../ecs/world.ts';

const failed = 'ResourceInitializationError: unable to pull secrets or registry auth: ';
const retrieval = `${failed}execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): `;

/**
 * The parameters as ECS injects them: by name, or by full ARN.
 * Source: ECS, "Pass Systems Manager parameters through Amazon ECS environment variables"; the wording of a refusal is
 * that of a stopped task in aws/copilot-cli#4504. That of a parameter that is not there is the rehearsal's own.
 */
export function parameterSource(store: ParameterStore, roles: Roles): SecretSource {
  return {
    read(valueFrom, executionRoleArn) {
      if (executionRoleArn === undefined || !roles.canBeAssumedByTasks(executionRoleArn)) {
        return {
          error: `${failed}The task cannot pull the parameter ${valueFrom}: ECS was unable to assume the role '${executionRoleArn ?? ''}' that was provided for this task.`,
        };
      }
      const parameter = store.find(valueFrom);
      if (parameter === undefined) return { error: `${retrieval}invalid ssm parameters: ${valueFrom}` };
      const action = 'ssm:GetParameters';
      return roles.mayRead(executionRoleArn, action, parameter.arn)
        ? { value: parameter.value }
        : {
            error: `${retrieval}AccessDeniedException: ${roles.taskIdentity(executionRoleArn)} is not authorized to perform: ${action} on resource: ${parameter.arn} because no identity-based policy allows the ${action} action`,
          };
    },
  };
}

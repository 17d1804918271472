import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { clientException } from './errors.ts';

const drivers: ReadonlySet<string> = new Set([
  'awsfirelens',
  'awslogs',
  'fluentd',
  'gelf',
  'journald',
  'json-file',
  'splunk',
  'syslog',
]);

/** Source: ECS developer guide, "Example Amazon ECS task definition: Route logs to CloudWatch"; Docker's own of this driver. */
const awslogsOptions: ReadonlySet<string> = new Set([
  'awslogs-create-group',
  'awslogs-datetime-format',
  'awslogs-group',
  'awslogs-multiline-pattern',
  'awslogs-region',
  'awslogs-stream-prefix',
  'max-buffer-size',
  'mode',
]);

/** @throws ClientException as RegisterTaskDefinition refuses a container's log driver or its options */
export function checkLogging(
  { logConfiguration: { logDriver, options = {} } = { logDriver: undefined } }: ContainerDefinition,
  task: { readonly onFargate: boolean; readonly executionRoleArn: string | undefined },
): void {
  if (logDriver === undefined) return;
  if (!drivers.has(logDriver)) throw clientException(`Unsupported log driver: ${logDriver}.`);
  if (logDriver !== 'awslogs') return;
  if (task.onFargate && (task.executionRoleArn ?? '') === '') {
    throw clientException(
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
    );
  }
  const absent = ['awslogs-region', 'awslogs-group'].filter((option) => options[option] === undefined);
  if (absent.length > 0) {
    throw clientException(`Log driver awslogs requires options: ${absent.join(', ')}`);
  }
  const unknown = Object.keys(options).filter((option) => !awslogsOptions.has(option));
  if (unknown.length > 0) {
    throw clientException(`Log driver awslogs disallows options: ${unknown.join(', ')}`);
  }
  if (options['awslogs-group'] === '') {
    throw clientException("Log driver awslogs option 'awslogs-group' should not be null or empty.");
  }
  if ((options['awslogs-create-group'] ?? 'true') !== 'true') {
    throw clientException(
      "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    );
  }
}

import { errorName, missingPermission } from '../../../aws/index.ts';
import { errorMessage } from '../../../github/index.ts';
import type { Objection, Read } from '../facts.ts';

/** What is objected to in a part, where it could be read; that it could not be, otherwise. */
export function of<T>(
  part: Read<T>,
  permission: string,
  verdict: (value: T) => Objection | undefined,
): Objection | undefined {
  return part.ok ? verdict(part.value) : unreadable(part.error, permission);
}

function unreadable(error: unknown, permission: string): Objection {
  if (errorName(error) === 'ClusterNotFoundException') {
    return { what: 'The cluster was not found', remedy: 'Check aws.cluster and aws.region in sluice.yml' };
  }
  const denied = missingPermission(error);
  return {
    what: errorMessage(error),
    remedy:
      denied === undefined
        ? `Check the credentials and the network; the call needs ${permission}`
        : `Allow the role ${denied} (docs/adopting.md, "What the role may do")`,
  };
}

/** A command line, up to what is asked for. IAM has no regions. */
export function cli(command: string, region: string | undefined): string {
  return `aws ${command}${region === undefined ? '' : ` --region ${region}`}`;
}

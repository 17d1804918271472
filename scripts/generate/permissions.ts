import { readFileSync } from 'node:fs';
import path from 'node:path';
import { grantsFor, policyFor, type Deploying, type Names } from '../../src/aws/permissions.ts';

/** A place in a page that holds a role's policy: between `<!-- NAME:start -->` and `<!-- NAME:end -->`. */
interface Place {
  readonly file: string;
  readonly marker: string;
  readonly deploying: Deploying;
  /** As the shell variables and names that the page sets. */
  readonly names: Names;
  /** The role that gets the policy, and how the policy is called there. */
  readonly role: string;
  readonly policy: string;
}

const places: readonly Place[] = [
  {
    file: 'docs/adopting.md',
    marker: 'permissions',
    deploying: 'rolling',
    names: {
      REGION: '$AWS_REGION',
      ACCOUNT: '$ACCOUNT',
      SERVICE: '$SERVICE',
      CLUSTER: '$SERVICE-dev',
      ENVIRONMENT: 'development',
    },
    role: 'sluice-$SERVICE-development',
    policy: 'deploy',
  },
  {
    file: 'docs/permissions.md',
    marker: 'permissions-shifting',
    deploying: 'shifting',
    names: {
      REGION: '$AWS_REGION',
      ACCOUNT: '$ACCOUNT',
      SERVICE: '$SERVICE',
      CLUSTER: '$CLUSTER',
      ENVIRONMENT: '$ENVIRONMENT',
    },
    role: 'sluice-$SERVICE-$ENVIRONMENT',
    policy: 'deploy',
  },
  {
    file: 'docs/permissions.md',
    marker: 'permissions-balanced',
    deploying: 'balanced',
    names: {
      REGION: '$AWS_REGION',
      ACCOUNT: '$ACCOUNT',
      SERVICE: '$SERVICE',
      CLUSTER: '$CLUSTER',
      ENVIRONMENT: '$ENVIRONMENT',
    },
    role: 'sluice-$SERVICE-$ENVIRONMENT',
    policy: 'load-balancer',
  },
  {
    file: 'docs/permissions.md',
    marker: 'permissions-migrating',
    deploying: 'migrating',
    names: {
      REGION: '$AWS_REGION',
      ACCOUNT: '$ACCOUNT',
      SERVICE: '$SERVICE',
      CLUSTER: '$CLUSTER',
      ENVIRONMENT: '$ENVIRONMENT',
    },
    role: 'sluice-$SERVICE-$ENVIRONMENT',
    policy: 'migrate',
  },
];

/** The pages with the policies of the roles that deploy, out of src/aws/permissions.ts. */
export function permissionPages(root: string): [string, string][] {
  const pages = new Map<string, string>();
  for (const place of places) {
    const text = pages.get(place.file) ?? readFileSync(path.join(root, place.file), 'utf8');
    const start = `<!-- ${place.marker}:start -->`;
    const end = `<!-- ${place.marker}:end -->`;
    const from = text.indexOf(start);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${place.file} has no place between ${start} and ${end}.`);
    const before = text.slice(0, from + start.length);
    pages.set(place.file, `${before}\n\n${policyBlock(place)}\n\n${text.slice(to)}`);
  }
  return [...pages];
}

function policyBlock({ deploying, names, role, policy }: Place): string {
  return `These calls and no others; a test holds the list against what deployments really call.

${grantsFor(deploying)
  .map(({ sid, why }) => `- **${sid}**: ${why}.`)
  .join('\n')}

\`\`\`bash
cat > policy.json <<JSON
${JSON.stringify(policyFor(deploying, names), null, 2)}
JSON
aws iam put-role-policy --role-name "${role}" --policy-name ${policy} --policy-document file://policy.json
\`\`\``;
}

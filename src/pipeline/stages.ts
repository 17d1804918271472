import type { Config } from '../config/index.ts';

/** A stage of a pipeline, by the name that its job or step has. */
export interface Stage {
  readonly name: string;
  readonly kind:
    | 'test'
    | 'build'
    | 'scan'
    | 'approval'
    | 'deploy'
    | 'health'
    | 'traffic'
    | 'monitor'
    | 'integration'
    | 'uat'
    | 'performance';
}

const shortNames: Readonly<Record<string, string>> = {
  development: 'DEV',
  staging: 'STG',
  production: 'PRD',
};

/** The stages of an environment's pipeline, in their order, as its checks and its strategy ask for them. */
export function stagesOf(config: Config, name: string): readonly Stage[] {
  const environment = config.environments[name];
  if (environment === undefined) return [];
  const { checks, approval, deploy, promote } = environment;
  const stages: (Stage | false)[] = [
    approval !== 'none' && { name: 'Manual Approval', kind: 'approval' },
    // What is promoted was tested and built before it came to the environment before.
    promote === undefined && checks.test !== undefined && { name: 'CI Tests', kind: 'test' },
    promote === undefined && { name: 'Build Image', kind: 'build' },
    checks.scan !== undefined && { name: 'Security Scan', kind: 'scan' },
    ...deployStages(deploy.strategy, shortNames[name] ?? name.toUpperCase()),
    checks.integration !== undefined && { name: 'Integration Tests', kind: 'integration' },
    checks.uat !== undefined && { name: 'UAT Tests', kind: 'uat' },
    checks.performance !== undefined && { name: 'Performance Tests', kind: 'performance' },
  ];
  return stages.filter((stage) => stage !== false);
}

function deployStages(
  strategy: Config['environments'][string]['deploy']['strategy'],
  shortName: string,
): readonly Stage[] {
  switch (strategy) {
    case 'rolling':
      return [{ name: `Deploy to ${shortName}`, kind: 'deploy' }];
    case 'blue-green':
    case 'canary':
    case 'linear':
      return [
        { name: 'Blue-Green Deploy', kind: 'deploy' },
        { name: 'Health Checks', kind: 'health' },
        { name: 'Traffic Switch', kind: 'traffic' },
        { name: 'Monitoring', kind: 'monitor' },
      ];
  }
}

/** Reads the stages that `plan` gave as its output; `undefined` where it is something else. */
export function readStages(value: unknown): readonly Pick<Stage, 'name'>[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const stages: { name: string }[] = [];
  for (const entry of value as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('name' in entry)) return undefined;
    if (typeof entry.name !== 'string') return undefined;
    stages.push({ name: entry.name });
  }
  return stages;
}

/** What code scanning keeps: uploads, the analyses that they held, and the alerts that these raised. */
export interface CodeScanning {
  readonly uploads: SarifUpload[];
  readonly analyses: Analysis[];
  readonly alerts: CodeAlert[];
}

export interface SarifUpload {
  /** A UUID. */
  readonly id: string;
  /** Why it was not processed; none where it was. */
  readonly errors: readonly string[];
  readonly at: string;
}

/** One `run` of a SARIF file, as it was processed. */
export interface Analysis extends Configuration {
  readonly id: number;
  readonly sarifId: string;
  readonly commitSha: string;
  readonly toolVersion: string | null;
  readonly results: number;
  readonly rules: number;
  /** What was left out of it. */
  readonly warning: string;
  readonly at: string;
}

/** What later analyses are compared with: what one no longer finds is fixed. */
export interface Configuration {
  /** `refs/heads/main`, `refs/pull/7/merge` */
  readonly ref: string;
  readonly tool: string;
  /** `sluice/image`; empty where the file names none. */
  readonly category: string;
  /** The workflow and the job that uploaded it: `.github/workflows/staging.yml:scan`. */
  readonly key: string;
}

/** Of GitHub's: how bad a rule is where it says so, and how bad a finding is where it does not. */
export type SecuritySeverity = 'critical' | 'high' | 'medium' | 'low';
export type Severity = 'error' | 'warning' | 'note' | 'none';

export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly securitySeverity: SecuritySeverity | null;
  readonly description: string;
  readonly fullDescription: string;
  readonly tags: readonly string[];
  /** Markdown, or text. */
  readonly help: string;
  readonly helpUri: string | null;
}

export interface CodeAlert {
  /** From 1. */
  readonly number: number;
  /** What tells it from other alerts of its tool: rule and fingerprint. */
  readonly identity: string;
  readonly tool: string;
  toolVersion: string | null;
  rule: Rule;
  readonly createdAt: string;
  updatedAt: string;
  dismissed?: {
    readonly by: string;
    readonly at: string;
    readonly reason: DismissalReason;
    readonly comment: string | null;
  };
  /** One for each ref and category that it was found on. */
  instances: AlertInstance[];
}

export type DismissalReason = 'false positive' | "won't fix" | 'used in tests' | 'mitigated';

export interface AlertInstance extends Configuration {
  commitSha: string;
  message: string;
  location: Location;
  /** When an analysis of the same configuration no longer had it. */
  fixedAt?: string;
}

export interface Location {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number;
  readonly endColumn: number;
}

export type AlertState = 'open' | 'dismissed' | 'fixed';

/** How an alert stands on a ref; `undefined` where it never was there. */
export function stateOn(alert: CodeAlert, ref: string): AlertState | undefined {
  const there = alert.instances.filter((instance) => instance.ref === ref);
  if (there.length === 0) return undefined;
  if (there.every(({ fixedAt }) => fixedAt !== undefined)) return 'fixed';
  return alert.dismissed === undefined ? 'open' : 'dismissed';
}

/** Where an alert was seen last on a ref: open ones first. */
export function instanceOn(alert: CodeAlert, ref: string): AlertInstance | undefined {
  const there = alert.instances.filter((instance) => instance.ref === ref);
  return there.findLast(({ fixedAt }) => fixedAt === undefined) ?? there.at(-1);
}

import type { AlertInstance, Analysis, CodeAlert, CodeScanning, Configuration, Rule } from './model.ts';
import type { SarifResult, SarifRun } from './sarif.ts';

export interface Upload {
  readonly sarifId: string;
  readonly ref: string;
  readonly commitSha: string;
  /** The workflow and the job that uploaded it. */
  readonly key: string;
  /** ISO 8601. */
  readonly at: string;
  readonly nextId: () => number;
}

/** Of a run, GitHub keeps this many results, the worst of them. */
const mostResults = 5_000;

/** Raises, keeps and closes alerts, by what a run found and what the one before it had found. */
export function processRun(records: CodeScanning, run: SarifRun, upload: Upload): Analysis {
  const configuration: Configuration = {
    ref: upload.ref,
    tool: run.tool,
    category: run.category,
    key: upload.key,
  };
  const kept = worstOf(run.results);
  const known = new Map(
    records.alerts.filter(({ tool }) => tool === run.tool).map((alert) => [alert.identity, alert]),
  );
  const found = new Set<string>();
  for (const result of kept) {
    const identity = `${result.rule.id}\n${result.fingerprint}`;
    if (found.has(identity)) continue;
    found.add(identity);
    const alert = known.get(identity) ?? raise(records, identity, result, run, upload);
    alert.rule = result.rule;
    alert.toolVersion = run.toolVersion;
    see(alert, configuration, result, upload);
  }
  for (const [identity, alert] of known) {
    if (!found.has(identity)) close(alert, configuration, upload.at);
  }
  const analysis: Analysis = {
    ...configuration,
    id: upload.nextId(),
    sarifId: upload.sarifId,
    commitSha: upload.commitSha,
    toolVersion: run.toolVersion,
    results: kept.length,
    rules: run.rules,
    warning:
      kept.length < run.results.length
        ? `An analysis file contained ${run.results.length} results which is more than the limit of ${mostResults}. Only ${mostResults} were stored.`
        : '',
    at: upload.at,
  };
  records.analyses.push(analysis);
  return analysis;
}

function raise(
  { alerts }: CodeScanning,
  identity: string,
  { rule }: SarifResult,
  { tool, toolVersion }: SarifRun,
  { at }: Upload,
): CodeAlert {
  const number = (alerts.at(-1)?.number ?? 0) + 1;
  const alert: CodeAlert = {
    number,
    identity,
    tool,
    toolVersion,
    rule,
    createdAt: at,
    updatedAt: at,
    instances: [],
  };
  alerts.push(alert);
  return alert;
}

function see(
  alert: CodeAlert,
  configuration: Configuration,
  { message, location }: SarifResult,
  { commitSha, at }: Upload,
): void {
  const known = alert.instances.find((instance) => isSame(instance, configuration));
  if (known === undefined) {
    alert.instances.push({ ...configuration, commitSha, message, location });
    alert.updatedAt = at;
    return;
  }
  if (known.fixedAt !== undefined) alert.updatedAt = at;
  delete known.fixedAt;
  Object.assign(known, { commitSha, message, location });
}

function close(alert: CodeAlert, configuration: Configuration, at: string): void {
  const known = alert.instances.find((instance) => isSame(instance, configuration));
  if (known === undefined || known.fixedAt !== undefined) return;
  known.fixedAt = at;
  alert.updatedAt = at;
}

/** The job that uploads may be renamed; the tool and its category tell what it looked at. */
function isSame(instance: AlertInstance, { ref, tool, category }: Configuration): boolean {
  return instance.ref === ref && instance.tool === tool && instance.category === category;
}

function worstOf(results: readonly SarifResult[]): readonly SarifResult[] {
  if (results.length <= mostResults) return results;
  return [...results].sort((a, b) => badness(b.rule) - badness(a.rule)).slice(0, mostResults);
}

/** For sorting: what concerns security first, then by severity. */
export function badness({ securitySeverity, severity }: Rule): number {
  switch (securitySeverity) {
    case 'critical':
      return 9;
    case 'high':
      return 8;
    case 'medium':
      return 6;
    case 'low':
      return 4;
    case null:
      return { error: 7, warning: 5, note: 3, none: 2 }[severity];
  }
}

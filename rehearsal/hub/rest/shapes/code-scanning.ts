import { instanceOn, stateOn, type Analysis, type CodeAlert } from '../../code-scanning/index.ts';
import type { Addresses, Schemas } from './addresses.ts';
import { user } from './user.ts';

/** An alert as lists have it, as it stands on a ref. */
export function alertItem(
  at: Addresses,
  record: CodeAlert,
  ref: string,
): Schemas['code-scanning-alert-items'] {
  const { rule } = record;
  return {
    ...fields(at, record, ref),
    rule: {
      id: rule.id,
      name: rule.name,
      severity: rule.severity,
      security_severity_level: rule.securitySeverity,
      description: rule.description,
      full_description: rule.fullDescription,
      tags: [...rule.tags],
      help_uri: rule.helpUri,
    },
  };
}

/** An alert by itself: its rule has its help as well. */
export function alert(at: Addresses, record: CodeAlert, ref: string): Schemas['code-scanning-alert'] {
  const item = alertItem(at, record, ref);
  return { ...item, rule: { ...item.rule, help: record.rule.help } };
}

function fields(at: Addresses, record: CodeAlert, ref: string) {
  const { number, dismissed } = record;
  const url = `${at.api}/code-scanning/alerts/${number}`;
  const state = stateOn(record, ref) ?? null;
  const instance = instanceOn(record, ref);
  return {
    number,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    url,
    html_url: `${at.page}/security/code-scanning/${number}`,
    instances_url: `${url}/instances`,
    state,
    fixed_at: state === 'fixed' ? (instance?.fixedAt ?? null) : null,
    dismissed_by: dismissed === undefined ? null : user(at, dismissed.by),
    dismissed_at: dismissed?.at ?? null,
    dismissed_reason: dismissed?.reason ?? null,
    dismissed_comment: dismissed?.comment ?? null,
    tool: { name: record.tool, guid: null, version: record.toolVersion },
    most_recent_instance: instance === undefined ? {} : instanceFields(instance, state),
  };
}

function instanceFields(
  { ref, key, category, commitSha, message, location }: CodeAlert['instances'][number],
  state: ReturnType<typeof stateOn> | null,
) {
  return {
    ref,
    analysis_key: key,
    environment: '{}',
    category,
    state,
    commit_sha: commitSha,
    message: { text: message },
    location: {
      path: location.path,
      start_line: location.startLine,
      end_line: location.endLine,
      start_column: location.startColumn,
      end_column: location.endColumn,
    },
    classifications: [],
  };
}

export function analysis(at: Addresses, record: Analysis): Schemas['code-scanning-analysis'] {
  return {
    id: record.id,
    sarif_id: record.sarifId,
    ref: record.ref,
    commit_sha: record.commitSha,
    analysis_key: record.key,
    category: record.category,
    environment: '{}',
    tool: { name: record.tool, guid: null, version: record.toolVersion },
    results_count: record.results,
    rules_count: record.rules,
    created_at: record.at,
    url: `${at.api}/code-scanning/analyses/${record.id}`,
    deletable: false,
    error: '',
    warning: record.warning,
  };
}

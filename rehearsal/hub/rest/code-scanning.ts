import { randomUUID } from 'node:crypto';
import {
  instanceOn,
  NotSarif,
  processRun,
  readSarif,
  stateOn,
  unpack,
  type CodeAlert,
  type SarifUpload,
} from '../code-scanning/index.ts';
import type { Hub } from '../hub.ts';
import type { Caller } from './access.ts';
import type { RestContext } from './context.ts';
import { endpoint, ok, type Endpoint, type Request } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { page } from './pagination.ts';
import type { Schemas } from './shapes/addresses.ts';
import { alert, alertItem, analysis } from './shapes/code-scanning.ts';

/** A SARIF file of 10 MB, in Base64, in JSON. */
const longestUploadBytes = 14 * 1024 * 1024;

/** Code scanning: uploads of SARIF files, and the alerts that they raise. */
export function codeScanningEndpoints({ hub, at, commits, now }: RestContext): readonly Endpoint[] {
  const records = hub.codeScanning;
  const find = (number = ''): CodeAlert => {
    const found = records.alerts.find((one) => one.number === Number(number));
    if (found === undefined) throw new RestError(404, 'No alert found for alert number ' + number);
    return found;
  };
  const changed = (): void => hub.announce({ kind: 'record' });

  return [
    endpoint(
      'code-scanning/upload-sarif',
      'security-events=write',
      async ({ body, caller }) => {
        const { commit_sha: commitSha, ref, sarif } = body;
        if ((await commits.commit(commitSha)) === undefined) {
          throw new RestError(404, `commit ${commitSha} not found`);
        }
        const id = randomUUID();
        const read = readSarif(await unpacked(sarif));
        const time = now().toISOString();
        records.uploads.push({ id, errors: read.ok ? [] : read.errors, at: time });
        if (read.ok) {
          const upload = { sarifId: id, ref, commitSha, key: keyOf(hub, caller), at: time };
          for (const run of read.runs) processRun(records, run, { ...upload, nextId: () => hub.nextId() });
        }
        changed();
        const receipt = { id, url: `${at.api}/code-scanning/sarifs/${id}` };
        return { kind: 'json', status: 202, body: receipt };
      },
      { bodyLimitBytes: longestUploadBytes },
    ),

    endpoint('code-scanning/get-sarif', 'security-events=read', ({ params }) => {
      const found = records.uploads.find(({ id }) => id === params.sarif_id);
      if (found === undefined) throw notFound();
      return ok(statusOf(found, now(), `${at.api}/code-scanning/analyses?sarif_id=${found.id}`));
    }),

    endpoint('code-scanning/list-recent-analyses', 'security-events=read', (request) => {
      const query = request.url.searchParams;
      const ref = query.get('ref');
      const wanted = records.analyses.filter(
        (one) =>
          (ref === null || one.ref === fullRef(ref)) &&
          (query.get('tool_name') ?? one.tool) === one.tool &&
          (query.get('sarif_id') ?? one.sarifId) === one.sarifId,
      );
      return page(request, wanted.reverse(), (one) => analysis(at, one));
    }),

    endpoint('code-scanning/list-alerts-for-repo', 'security-events=read', (request) => {
      const ref = refOf(hub, request);
      const wanted = records.alerts.filter(matching(request, ref));
      return page(request, sorted(request, wanted), (one) => alertItem(at, one, ref));
    }),

    endpoint('code-scanning/get-alert', 'security-events=read', ({ params }) => {
      const found = find(params.alert_number);
      return ok(alert(at, found, shownRef(hub, found)));
    }),

    endpoint('code-scanning/update-alert', 'security-events=write', ({ params, body, caller }) => {
      const found = find(params.alert_number);
      const { state, dismissed_reason: reason, dismissed_comment: comment } = body;
      if (state === 'dismissed') {
        if (reason === undefined || reason === null) {
          throw new RestError(422, 'dismissed_reason is required when setting the state to dismissed');
        }
        const time = now().toISOString();
        found.dismissed = { by: caller.login, at: time, reason, comment: comment ?? null };
      } else if (state === 'open') delete found.dismissed;
      found.updatedAt = now().toISOString();
      changed();
      return ok(alert(at, found, shownRef(hub, found)));
    }),
  ];
}

/** A file is pending until then, in milliseconds; GitHub takes seconds, and longer where the file is large. */
const processingMs = 1_000;

function statusOf(
  { at, errors }: SarifUpload,
  now: Date,
  analyses: string,
): Schemas['code-scanning-sarifs-status'] {
  if (now.getTime() - Date.parse(at) < processingMs)
    return { processing_status: 'pending', analyses_url: null };
  return errors.length > 0
    ? { processing_status: 'failed', analyses_url: null, errors: [...errors] }
    : { processing_status: 'complete', analyses_url: analyses };
}

/** @throws RestError where the field is no SARIF file at all; what is wrong within one is found when it is processed */
async function unpacked(sarif: string): Promise<unknown> {
  try {
    return await unpack(sarif);
  } catch (error: unknown) {
    if (error instanceof NotSarif) throw new RestError(400, error.message);
    throw error;
  }
}

/** GitHub knows an analysis by the job that uploaded it; a person's is `(default)`. */
function keyOf(hub: Hub, { token }: Caller): string {
  const job = hub.tokens.get(token);
  const run = job === undefined ? undefined : hub.runs.get(job.runId);
  const key = run?.jobs.find(({ id }) => id === job?.jobId)?.key;
  return run === undefined || key === undefined ? '(default)' : `${run.workflowPath}:${key}`;
}

/** Where nothing is said, it is the default branch. */
function refOf({ repository }: Hub, { url }: Request): string {
  const pull = url.searchParams.get('pr');
  if (pull !== null) return `refs/pull/${pull}/merge`;
  return fullRef(url.searchParams.get('ref') ?? repository.defaultBranch);
}

function fullRef(ref: string): string {
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
}

/** An alert by itself is shown as it stands on the default branch, or where it was seen last. */
function shownRef({ repository }: Hub, found: CodeAlert): string {
  const standard = `refs/heads/${repository.defaultBranch}`;
  return instanceOn(found, standard) === undefined ? (found.instances.at(-1)?.ref ?? standard) : standard;
}

function matching({ url }: Request, ref: string): (one: CodeAlert) => boolean {
  const query = url.searchParams;
  const wanted = query.get('state');
  const severity = query.get('severity');
  return (one) => {
    const state = stateOn(one, ref);
    if (state === undefined) return false;
    return (
      (wanted === null || state === wanted || (wanted === 'closed' && state !== 'open')) &&
      (severity === null || severity === one.rule.securitySeverity || severity === one.rule.severity) &&
      (query.get('tool_name') ?? one.tool) === one.tool
    );
  };
}

function sorted({ url }: Request, alerts: readonly CodeAlert[]): CodeAlert[] {
  const query = url.searchParams;
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  return [...alerts].sort((a, b) => sign * (a[key].localeCompare(b[key]) || a.number - b.number));
}

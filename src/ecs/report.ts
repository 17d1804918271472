import { codeSpan, escapeMarkdown, formatDuration, Summary } from '../github/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import type { Evidence } from './forensics.ts';
import type { Migration } from './migrate.ts';
import type { Check } from './check.ts';
import type { DeployResult, DeployState } from './result.ts';
import type { Release } from './task-definition/build.ts';
import { addTraffic } from './report-traffic.ts';

const titles: Readonly<Record<DeployState, string>> = {
  deployed: 'Deployed, and proven',
  ready: 'The new version stands beside the old one',
  switched: 'All traffic is on the new version',
  'rolled-back': 'Rolled back',
  unproven: 'Not proven',
  failed: 'Failed',
  held: 'Held: somebody has to decide',
  superseded: 'Superseded by a newer deployment',
  cancelled: 'Cancelled',
  unknown: 'Not known how it ended',
};

/** What says for itself what it comes to. */
type Serving = 'deployed' | 'ready' | 'switched';

/** What the system did about it, in a sentence. */
const consequences: Readonly<Record<Exclude<DeployState, Serving | 'unproven'>, string>> = {
  'rolled-back': 'ECS went back to the revision before; that one serves.',
  failed: 'The new version does not serve, and the one before is not known to.',
  held: 'Neither side is well, and nothing was moved: going back would send users to a side that cannot serve them.',
  superseded: 'Nothing is wrong with this release; a newer one took its place before it was done.',
  cancelled: 'What was begun in ECS goes on without this job; the step after says how it ended.',
  unknown: 'The deployment may go on in ECS. Run the job again: it follows what is there.',
};

/** ECS has finished, so that there is no way back by itself: what comes next is somebody's to decide. */
function unproven({ blame }: DeployResult): string {
  return blame === 'release'
    ? 'ECS has finished with the new version, and it answers with errors: go back by the workflow “Roll back”. Its digest is refused from now on.'
    : 'ECS has finished with the new version, and nothing that was seen is its own fault: mend what leads to it (the address, its DNS, the rule, the version it tells) and run the job again. Its digest may be deployed again.';
}

const marks: Readonly<Record<Check['verdict'], string>> = {
  holds: '✅',
  'does not hold': '❌',
  'does not apply': '–',
};

/** The job summary of a deployment: what, whether it is proven, what changed, how long, and the evidence. */
export function deploymentSummary(
  result: DeployResult,
  { environment, release, calls }: { environment: ResolvedEnvironment; release: Release; calls: number },
): Summary {
  const summary = new Summary().heading(
    3,
    `${titles[result.state]}: ${environment.serviceName} in ${environment.name}`,
  );
  const { state } = result;
  if (state !== 'deployed' && state !== 'ready' && state !== 'switched') {
    summary.paragraph(`**${escapeMarkdown(result.why ?? '')}**`);
    summary.paragraph(
      result.migration?.state === 'failed'
        ? 'Nothing was moved: what served before serves.'
        : state === 'unproven'
          ? unproven(result)
          : consequences[state],
    );
  }
  const total = result.timeline.reduce((sum, { ms }) => sum + ms, 0);
  summary.table(
    ['', ''],
    [
      ['Version', codeSpan(release.version)],
      ['Digest', codeSpan(release.digest)],
      [
        'Task definition',
        resource(result.taskDefinition.split('/').at(-1), result.registered ? '' : ' (registered before)'),
      ],
      [
        'Service deployment',
        resource(result.deployment, result.attached ? ' (followed, not started, by this run)' : ''),
      ],
      ['Address', environment.url === undefined ? '–' : escapeMarkdown(environment.url)],
      [
        'Duration',
        `${formatDuration(total)} (${result.timeline.map(({ what, ms }) => `${what.toLowerCase()} ${formatDuration(ms)}`).join(', ')})`,
      ],
      ['AWS calls', String(calls)],
    ],
  );
  if (result.migration !== undefined) addMigration(summary, result.migration);
  addTraffic(summary, result.traffic);
  if (result.proof !== undefined) {
    summary.heading(4, 'Proof');
    summary.table(
      ['', 'What has to hold', 'Found'],
      result.proof.map(({ what, verdict, found }) => [marks[verdict], escapeMarkdown(what), codeSpan(found)]),
    );
  }
  if (result.evidence !== undefined) addEvidence(summary, result.evidence);
  const { differences } = result;
  if (differences.length > 0) {
    summary.details(
      `What changed in the task definition (${differences.length})`,
      new Summary().table(
        ['Key', 'Before', 'After'],
        differences.map(({ path, before, after }) => [codeSpan(path), shown(before), shown(after)]),
      ),
    );
  }
  return summary;
}

function addMigration(
  summary: Summary,
  { state, task, attached, exitCode, lastLines, gap }: Migration,
): void {
  const id = task.split('/').at(-1) ?? '';
  summary.heading(4, 'Migration of the database');
  summary.table(
    ['', 'Task', 'Exit code'],
    [
      [
        state === 'succeeded' ? '✅' : '❌',
        resource(id, attached ? ' (started by a run before this one)' : ''),
        exitCode === undefined ? '–' : String(exitCode),
      ],
    ],
  );
  if (gap !== undefined) summary.paragraph(`Its log cannot be read: ${escapeMarkdown(gap)}`);
  if (lastLines.length === 0) return;
  const lines = new Summary().code(lastLines.join('\n'));
  summary.details(`Last ${lastLines.length} lines of its log`, lines);
}

function addEvidence(summary: Summary, { tasks, events, gaps }: Evidence): void {
  summary.heading(4, 'Evidence');
  if (tasks.length > 0) {
    summary.table(
      ['Task', 'Container', 'Exit code', 'Health', 'Stopped because'],
      tasks.flatMap(({ id, stopCode, stoppedReason, containers }) =>
        containers.map(({ name, exitCode, health, reason }) => [
          codeSpan(id.slice(0, 12)),
          codeSpan(name),
          exitCode === undefined ? '–' : String(exitCode),
          health,
          escapeMarkdown(
            [stoppedReason, reason].filter(Boolean).join('; ') + (stopCode === '' ? '' : ` (${stopCode})`),
          ),
        ]),
      ),
    );
  } else {
    summary.paragraph('No task of this revision stopped, and none is unhealthy.');
  }
  for (const { id, containers } of tasks) {
    for (const { name, lastLines } of containers) {
      if (lastLines.length === 0) continue;
      summary.details(
        `Last ${lastLines.length} lines of ${name}, task ${id.slice(0, 12)}`,
        new Summary().code(lastLines.join('\n')),
      );
    }
  }
  if (events.length > 0)
    summary.details(`The service’s events (${events.length})`, new Summary().code(events.join('\n')));
  if (gaps.length > 0) summary.list(gaps.map(escapeMarkdown));
}

function resource(name: string | undefined, remark: string): string {
  return name === undefined || name === '' ? '–' : `${codeSpan(name)}${remark}`;
}

function shown(value: string | undefined): string {
  return value === undefined ? '–' : codeSpan(value.length > 120 ? `${value.slice(0, 117)}…` : value);
}

import { styleText } from 'node:util';
import type { Hub } from './hub/hub.ts';
import type { Change, Conclusion, Job, LogLine, Run } from './hub/model.ts';
import { secondsBetween } from './stages.ts';
import type { Terminal } from './terminal.ts';

/**
 * Follows the hub's runs on a terminal: a line when a job or a step changes, and on a real terminal a last line
 * with what the running job says, written over. `verbose` prints every line of every log instead.
 * @returns a function that stops following
 */
export function followOnTerminal(hub: Hub, terminal: Terminal, options: { verbose: boolean }): () => void {
  const printed = new Map<string, string>();
  let statusShown = false;

  const clearStatus = (): void => {
    if (statusShown) terminal.write('\r\x1b[2K');
    statusShown = false;
  };
  const line = (text: string): void => {
    clearStatus();
    terminal.write(`${text}\n`);
  };
  const status = (text: string): void => {
    if (!terminal.isTTY || options.verbose) return;
    terminal.write(`\r\x1b[2K${text.slice(0, Math.max(20, terminal.columns - 1))}`);
    statusShown = true;
  };
  /** Prints `text` once per state of the thing. */
  const onChange = (key: string, state: string, text: () => string): void => {
    if (printed.get(key) === state) return;
    printed.set(key, state);
    line(text());
  };
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    terminal.colour ? styleText(style, text, { validateStream: false }) : text;

  const showRun = (run: Run): void => {
    const state = `${run.attempt}/${run.conclusion ?? run.status}`;
    const name = `${run.workflowName} #${run.number}`;
    if (run.status === 'completed') {
      onChange(`run ${run.id}`, state, () =>
        [
          `${mark(run.conclusion, paint)} ${paint('bold', name)} ${run.conclusion ?? ''}`,
          ` in ${secondsBetween(run.startedAt ?? run.createdAt, run.completedAt)} s`,
          ...(run.problem === undefined ? [] : [`\n  ${run.problem.replaceAll('\n', '\n  ')}`]),
        ].join(''),
      );
    } else if (run.status === 'in_progress') {
      onChange(
        `run ${run.id}`,
        state,
        () => `${paint('bold', name)} ${shortRef(run.ref)} ${run.sha.slice(0, 7)}`,
      );
    }
  };

  const showJob = (job: Job): void => {
    const name = shortName(job);
    const key = `job ${job.id}`;
    const state = `${job.attempt}/${job.conclusion ?? job.status}`;
    switch (job.status) {
      case 'in_progress':
        onChange(key, state, () => `  ${paint('yellow', '▶')} ${name}`);
        break;
      case 'completed':
        if (job.conclusion === 'skipped')
          onChange(key, state, () => `  ${paint('dim', `○ ${name} skipped`)}`);
        else {
          const seconds = secondsBetween(job.startedAt, job.completedAt);
          onChange(key, state, () => `  ${mark(job.conclusion, paint)} ${name.padEnd(24)} ${seconds} s`);
        }
        break;
      case 'pending':
      case 'waiting':
        if (job.waitingFor !== undefined) {
          onChange(key, `${state} ${job.waitingFor}`, () =>
            paint('dim', `  … ${name} waits for ${job.waitingFor ?? ''}`),
          );
        }
        break;
      case 'queued':
        break;
    }
  };

  const showLog = (jobId: number, entry: LogLine): void => {
    const job = jobOf(hub, jobId);
    const name = job === undefined ? String(jobId) : shortName(job);
    if (options.verbose) return line(`    ${paint('dim', `${name} │`)} ${entry.text}`);
    if (entry.kind === 'error') return line(`    ${paint('red', entry.text)}`);
    if (entry.kind === 'warning') return line(`    ${paint('yellow', entry.text)}`);
    if (entry.kind === 'notice') return line(`    ${entry.text}`);
    if (entry.kind === 'line') status(`    ${name} │ ${entry.text.trim()}`);
  };

  const stop = hub.onChange((change: Change) => {
    switch (change.kind) {
      case 'run':
        return showRun(change.run);
      case 'job':
        return showJob(change.job);
      case 'log':
        return showLog(change.jobId, change.line);
      case 'deployment':
      case 'record':
        return;
    }
  });
  return () => {
    stop();
    clearStatus();
  };
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

function mark(conclusion: Conclusion | undefined, paint: Paint): string {
  switch (conclusion) {
    case 'success':
      return paint('green', '✔');
    case 'skipped':
      return paint('dim', '○');
    case 'cancelled':
      return paint('yellow', '⊘');
    case 'failure':
    case undefined:
      return paint('red', '✘');
  }
}

function shortName(job: Job): string {
  return job.name.split(' / ').at(-1) ?? job.name;
}

function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

function jobOf(hub: Hub, jobId: number): Job | undefined {
  for (const run of hub.runs.values()) {
    const job = run.jobs.find((candidate) => candidate.id === jobId);
    if (job !== undefined) return job;
  }
  return undefined;
}

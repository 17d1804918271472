import type { Hub } from '../hub.ts';
import type { LogLine, Run } from '../model.ts';
import { zip, type ZipEntry } from './zip.ts';

/** A log as GitHub hands it out: each line after its time. */
export function logText(lines: readonly LogLine[]): string {
  return lines.map((line) => `${line.at} ${marked(line)}\n`).join('');
}

/**
 * The logs of a run's present attempt as GitHub packs them: `0_Build.txt` for a job, `Build/1_Set up job.txt` for each
 * of its steps. Clients find a step by these names, in which GitHub leaves out slashes and colons.
 */
export function runLogs(hub: Hub, run: Run): Buffer {
  const jobs = run.jobs.filter((job) => job.attempt === run.attempt && job.startedAt !== undefined);
  return zip(
    jobs.flatMap((job, index): ZipEntry[] => {
      const lines = hub.logOf(job.id);
      const name = fileName(job.name);
      return [
        { name: `${index}_${name}.txt`, content: Buffer.from(logText(lines)) },
        ...job.steps.map((step) => ({
          name: `${name}/${step.number}_${fileName(step.name)}.txt`,
          content: Buffer.from(logText(lines.filter((line) => line.step === step.number))),
        })),
      ];
    }),
  );
}

/** The runner's marks in the text of a log, which pages draw as groups and labels. */
function marked({ kind, text }: LogLine): string {
  return kind === 'line' ? text : `##[${kind}]${text}`;
}

function fileName(name: string): string {
  return name.replaceAll(/[/:]/g, '').slice(0, longestName);
}

const longestName = 90;

import type { Frame, JobState } from './job-state.ts';
import { writeVariables } from './script.ts';
import type { StepRun } from './step-body.ts';

/** The head of an action's log: what runs, with what. */
export function writeHead(
  job: JobState,
  frame: Frame,
  step: StepRun,
  uses: string,
  given: Readonly<Record<string, string>>,
): void {
  job.log.write(step.number, 'group', `Run ${uses}`);
  if (Object.keys(given).length > 0) {
    job.log.write(step.number, 'line', 'with:');
    for (const [name, value] of Object.entries(given))
      job.log.write(step.number, 'line', `  ${name}: ${value}`);
  }
  writeVariables(job, frame, step);
  job.log.write(step.number, 'endgroup', '');
}

import { evaluateString, evaluateStrings, member } from '../engine/expressions/template.ts';
import type { Frame, JobState } from './job-state.ts';

/** A job's outputs, without those that a secret would leave the job by. A mistake in one of them fails the job. */
export function jobOutputs(job: JobState, frame: Frame): Record<string, string> {
  const outputs: Record<string, string> = {};
  const { steps } = job.order.job;
  try {
    const values = evaluateStrings(job.order.definition.outputs, job.scope(frame, {}));
    for (const [name, value] of Object.entries(values)) {
      if (job.masks.contains(value)) {
        job.log.annotate(steps.length, 'warning', `Skip output '${name}' since it may contain secret.`);
      } else if (value !== '') outputs[name] = value;
    }
  } catch (error: unknown) {
    job.log.annotate(steps.length, 'failure', error instanceof Error ? error.message : String(error));
    frame.status = 'failure';
  }
  return outputs;
}

/** Evaluates `environment.url`, which may name outputs of the job's steps. */
export function recordEnvironmentUrl(job: JobState, frame: Frame): void {
  const { job: record, definition } = job.order;
  const template = member(definition.environment, 'url');
  if (template === undefined || record.environment === undefined) return;
  try {
    const url = evaluateString(template, job.scope(frame, {}));
    if (url !== '') record.environment.url = job.masks.mask(url);
  } catch (error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    job.log.annotate(
      record.steps.length,
      'warning',
      `The environment's url could not be evaluated: ${reason}`,
    );
  }
}

import type { Conclusion } from '../model.ts';

/** What a job, or one combination of its matrix, came to. */
export interface JobEnd {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a job left for those that need it: its own result and those of all that it needed, by job id. */
export interface JobOutcome extends JobEnd {
  readonly lineage: ReadonlyMap<string, Conclusion>;
}

/** A run's or a matrix's result: one failure fails it, one cancellation cancels it, skipped only where all are. */
export function worst(ends: readonly JobEnd[]): Conclusion {
  const results = ends.map(({ result }) => result);
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

/** A matrix's jobs share their outputs: the last one that sets one wins. */
export function merged(outputs: readonly JobEnd['outputs'][]): Record<string, string> {
  return Object.fromEntries(outputs.flatMap((one) => Object.entries(one)));
}

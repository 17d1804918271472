import type { Scope } from './expressions/evaluate.ts';
import type { MatrixJob } from './matrix.ts';
import { merged, worst, type JobEnd } from './outcome.ts';
import { inParallel } from './parallel.ts';
import { evaluateStrategy, jobName, type Strategy } from './strategy.ts';
import type { JobDefinition } from './workflow/model.ts';

/** One combination of a job's matrix, or a job without one: named, with its contexts, about to run. */
export interface ReadyCombination {
  readonly name: string;
  readonly scope: Scope;
  /** It is to be cancelled. */
  readonly stop: AbortSignal;
}

export interface CombinationsOptions {
  readonly scope: Scope;
  /** Whether the job's condition holds, asked anew. */
  readonly holds: () => boolean;
  readonly cancelled: AbortSignal;
  readonly killed: AbortSignal;
  readonly execute: (ready: ReadyCombination) => Promise<JobEnd>;
}

/** Runs every combination of a job's matrix; one where there is no matrix. */
export async function executeCombinations(
  definition: JobDefinition,
  { scope, holds, cancelled, killed, execute }: CombinationsOptions,
): Promise<JobEnd> {
  const strategy = evaluateStrategy(definition.strategy, scope);
  const stop = new AbortController();
  // The server asks the conditions of running jobs again: `if: always()` is not cancelled.
  const onCancelled = (): void => {
    if (!holds()) stop.abort();
  };
  if (cancelled.aborted) onCancelled();
  else cancelled.addEventListener('abort', onCancelled, { once: true });
  try {
    const ends = await inParallel(strategy.combinations, strategy.maxParallel, async (combination, index) => {
      const combinationScope = scopeOf(scope, strategy, combination, index);
      const end = await execute({
        name: jobName(definition, combination, combinationScope),
        scope: combinationScope,
        // Where the hub stops, what waits for a reviewer or its turn ends as well, `if: always()` or not.
        stop: AbortSignal.any([stop.signal, killed]),
      });
      if (end.result === 'failure' && strategy.failFast && strategy.combinations.length > 1) stop.abort();
      return end;
    });
    return { result: worst(ends), outputs: merged(ends.map(({ outputs }) => outputs)) };
  } finally {
    cancelled.removeEventListener('abort', onCancelled);
  }
}

function scopeOf(scope: Scope, strategy: Strategy, job: MatrixJob | undefined, index: number): Scope {
  return {
    contexts: {
      ...scope.contexts,
      matrix: job?.combination ?? null,
      strategy: {
        'fail-fast': strategy.failFast,
        'job-index': index,
        'job-total': strategy.combinations.length,
        'max-parallel': strategy.maxParallel,
      },
    },
  };
}

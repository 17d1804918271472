import { data } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import type { Conclusion } from '../../model.ts';

/**
 * `success()`, `failure()`, `cancelled()` and `always()` in a job's `if`. Success asks that **every** ancestor
 * succeeded, so that a job after a skipped one is skipped too; failure, that one of them failed.
 * With job ids as arguments only those are asked.
 */
export function jobStatusFunctions(state: {
  readonly ancestors: ReadonlyMap<string, Conclusion>;
  readonly cancelled: boolean;
}): FunctionDefinition[] {
  const asked = (ids: readonly data.ExpressionData[]): Conclusion[] =>
    ids.length === 0
      ? [...state.ancestors.values()]
      : ids.map((id) => state.ancestors.get(id.coerceString()) ?? 'skipped');
  return [
    status('success', (ids) => !state.cancelled && asked(ids).every((result) => result === 'success')),
    status('failure', (ids) => asked(ids).includes('failure')),
    status('cancelled', () => state.cancelled),
    status('always', () => true),
  ];
}

/** The same in a step's `if`: about the job so far, or within a composite action about the action so far. */
export function stepStatusFunctions(state: {
  readonly status: 'success' | 'failure' | 'cancelled';
  readonly cancelled: boolean;
}): FunctionDefinition[] {
  return [
    status('success', () => !state.cancelled && state.status === 'success'),
    status('failure', () => !state.cancelled && state.status === 'failure'),
    status('cancelled', () => state.cancelled),
    status('always', () => true),
  ];
}

function status(name: string, holds: (args: readonly data.ExpressionData[]) => boolean): FunctionDefinition {
  return {
    name,
    minArgs: 0,
    maxArgs: Number.MAX_SAFE_INTEGER,
    call: (...args) => new data.BooleanData(holds(args)),
  };
}

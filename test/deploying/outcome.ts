import type { Ended } from '../running/action.ts';

/** Expects the steps to have ended in these states; with their logs, so that a failure says why. */
export function expectStates(ended: readonly Ended[], ...states: string[]): void {
  const logs = ended.map(({ log }) => log).join('\n');
  expect([ended.map(({ outputs }) => outputs.state), logs]).toEqual([states, logs]);
}

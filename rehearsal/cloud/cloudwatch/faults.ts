import { Refused } from '../control/refused.ts';

/** What can go wrong with metrics, and how late they are. */
export interface MetricFaults {
  /** How long after a minute is over its values of AWS's own metrics are there, in milliseconds of the cloud's time. */
  delayMs: number;
  /** New values are lost. */
  stopped: boolean;
}

/** @throws Refused where it is not `{ "delayMs": number, "stopped": boolean }`, or one of them */
export function readMetricFaults(body: unknown): Partial<MetricFaults> {
  const { delayMs, stopped } = (body ?? {}) as { delayMs?: unknown; stopped?: unknown };
  if (delayMs !== undefined && !(typeof delayMs === 'number' && delayMs >= 0)) {
    throw new Refused('delayMs is a number of milliseconds, of the time of the cloud.');
  }
  if (stopped !== undefined && typeof stopped !== 'boolean') throw new Refused('stopped is true or false.');
  if (delayMs === undefined && stopped === undefined) {
    throw new Refused('PUT /metrics takes { "delayMs": 5000, "stopped": false }, or one of them.');
  }
  return {
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

import type { ComparisonOperator, StateValue } from '@aws-sdk/client-cloudwatch';
import type { Datapoint } from './metrics.ts';

export interface Rule {
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
}

export interface Evaluation {
  readonly state: StateValue;
  /** In CloudWatch's words. */
  readonly reason: string;
  /** The datapoints that were looked at, the newest first. */
  readonly datapoints: readonly Datapoint[];
}

/** How many periods are looked at to find as many datapoints as the alarm evaluates. */
export function evaluationRange(rule: Rule): number {
  return rule.evaluationPeriods + 2;
}

/**
 * The state of an alarm. Periods without values count only where the whole evaluation range has too few datapoints.
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", and its tables.
 *
 * @param range one entry a period, the newest first; `undefined` where there is no datapoint
 * @returns `undefined` where the alarm keeps the state that it has
 */
export function evaluate(rule: Rule, range: readonly (Datapoint | undefined)[]): Evaluation | undefined {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = rule;
  const there = range.filter((point) => point !== undefined).slice(0, evaluationPeriods);
  const breaching = there.filter(({ value }) => breaches(rule, value));
  const missing = evaluationPeriods - there.length;

  if (missing === 0 || treatMissingData === 'breaching' || treatMissingData === 'notBreaching') {
    const filled = treatMissingData === 'breaching' ? missing : 0;
    return decided(rule, there, breaching.length + filled >= datapointsToAlarm ? 'ALARM' : 'OK', missing);
  }
  if (breaching.length >= datapointsToAlarm) return decided(rule, there, 'ALARM', 0);
  if (there.length > breaching.length) return decided(rule, there, 'OK', 0);
  if (treatMissingData === 'ignore') return undefined;
  if (there.length === 0) {
    const unknown =
      evaluationPeriods === 1 ? '1 datapoint was unknown' : `${evaluationPeriods} datapoints were unknown`;
    return { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${unknown}.`, datapoints: [] };
  }
  // All that is there breaches, but it is too little. It is an alarm once nothing more can come that would say otherwise.
  const oldest = range.findLastIndex((point) => point !== undefined);
  return oldest + 1 >= datapointsToAlarm ? decided(rule, there, 'ALARM', 0) : undefined;
}

function breaches({ comparison, threshold }: Rule, value: number): boolean {
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
    default:
      throw new RangeError(`There is no evaluation by ${comparison} in the rehearsal.`);
  }
}

const words: Readonly<Partial<Record<ComparisonOperator, string>>> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

function decided(rule: Rule, there: readonly Datapoint[], state: 'OK' | 'ALARM', filled: number): Evaluation {
  return { state, reason: `Threshold Crossed: ${reasonOf(rule, there, state, filled)}`, datapoints: there };
}

function reasonOf(rule: Rule, there: readonly Datapoint[], state: 'OK' | 'ALARM', filled: number): string {
  const { evaluationPeriods, datapointsToAlarm } = rule;
  const treated =
    filled === 0
      ? ''
      : `${filled} missing ${filled === 1 ? 'datapoint was' : 'datapoints were'} treated as [${rule.treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching'}]`;
  if (there.length === 0) {
    const periods = `${evaluationPeriods} ${evaluationPeriods === 1 ? 'period' : 'periods'}`;
    return `no datapoints were received for ${periods} and ${treated}.`;
  }
  const telling = there.filter(({ value }) => breaches(rule, value) === (state === 'ALARM'));
  const shown = telling.map(({ at, value }) => `${asDecimal(value)} (${asDate(at)})`).join(', ');
  const verb = `${telling.length === 1 ? 'was' : 'were'}${state === 'ALARM' ? '' : ' not'}`;
  const needed = state === 'ALARM' ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const transition = state === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK';
  return (
    (telling.length === 0
      ? ''
      : `${telling.length} out of the last ${evaluationPeriods} datapoints [${shown}] ${verb} ${words[rule.comparison] ?? ''} the threshold (${asDecimal(rule.threshold)})${treated === '' ? '' : ' and '}`) +
    `${treated} (minimum ${needed} ${needed === 1 ? 'datapoint' : 'datapoints'} for ${transition} transition).`
  );
}

/** As Java writes a double: `5.0`. */
function asDecimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `24/11/26 14:03:00`, in UTC. */
function asDate(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

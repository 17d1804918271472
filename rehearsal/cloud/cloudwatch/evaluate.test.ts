import type { Datapoint } from './metrics.ts';
import { evaluate, type Rule } from './evaluate.ts';

const minute = 60_000;
const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
type Outcome = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'kept';

/** `0 - X`: the oldest first; X is past the threshold, - is missing. */
function rangeOf(pattern: string): (Datapoint | undefined)[] {
  return pattern
    .split(' ')
    .map((symbol, index) =>
      symbol === '-' ? undefined : { at: index * minute, value: symbol === 'X' ? 9 : 0 },
    )
    .reverse();
}

function outcome(pattern: string, rule: Partial<Rule>, treatMissingData: Rule['treatMissingData']): Outcome {
  const all: Rule = {
    comparison: 'GreaterThanThreshold',
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    ...rule,
    treatMissingData,
  };
  return evaluate(all, rangeOf(pattern))?.state ?? 'kept';
}

/** The tables of the CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". */
describe('three of three datapoints', () => {
  test.each<[string, ...Outcome[]]>([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'kept', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'kept', 'ALARM', 'OK'],
  ])('%s', (pattern, ...wanted) => {
    expect(treatments.map((each) => outcome(pattern, {}, each))).toEqual(wanted);
  });
});

describe('two of three datapoints', () => {
  test.each<[string, ...Outcome[]]>([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'kept', 'ALARM', 'OK'],
  ])('%s', (pattern, ...wanted) => {
    expect(treatments.map((each) => outcome(pattern, { datapointsToAlarm: 2 }, each))).toEqual(wanted);
  });
});

test('one newest datapoint is no alarm yet where three are needed and what is missing tells nothing', () => {
  expect(outcome('- - - - X', {}, 'missing')).toBe('kept');
});

test.each([
  ['GreaterThanThreshold', 5, 'OK'],
  ['GreaterThanOrEqualToThreshold', 5, 'ALARM'],
  ['LessThanThreshold', 5, 'OK'],
  ['LessThanOrEqualToThreshold', 5, 'ALARM'],
  ['GreaterThanThreshold', 5.1, 'ALARM'],
  ['LessThanThreshold', 4.9, 'ALARM'],
] as const)('%s with %d against 5: %s', (comparison, value, wanted) => {
  const rule: Rule = {
    comparison,
    threshold: 5,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissingData: 'missing',
  };
  expect(evaluate(rule, [{ at: 0, value }])?.state).toBe(wanted);
});

test('the reason says which datapoints, against what, and how many it takes', () => {
  const rule: Rule = {
    comparison: 'GreaterThanOrEqualToThreshold',
    threshold: 0.5,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: 'missing',
  };
  const at = Date.UTC(2026, 10, 24, 12);
  const range = [0.75, 0.25, 0.5].map((value, index) => ({ at: at - index * minute, value }));
  expect(evaluate(rule, range)?.reason).toBe(
    'Threshold Crossed: 2 out of the last 3 datapoints [0.75 (24/11/26 12:00:00), 0.5 (24/11/26 11:58:00)] were greater than or equal to the threshold (0.5) (minimum 2 datapoints for OK -> ALARM transition).',
  );
  expect(evaluate({ ...rule, treatMissingData: 'breaching' }, [undefined, range[0]])?.reason).toBe(
    'Threshold Crossed: 1 out of the last 3 datapoints [0.75 (24/11/26 12:00:00)] was greater than or equal to the threshold (0.5) and 2 missing datapoints were treated as [Breaching] (minimum 2 datapoints for OK -> ALARM transition).',
  );
  expect(evaluate(rule, [])?.reason).toBe('Insufficient Data: 3 datapoints were unknown.');
});

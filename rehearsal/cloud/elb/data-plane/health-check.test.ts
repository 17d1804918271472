import type { TargetRecord } from '../model.ts';
import { afterCheck, matches, unchecked, type CheckResult } from './health-check.ts';

const good: CheckResult = { isGood: true };
const bad: CheckResult = { isGood: false, reason: 'Target.Timeout', description: 'Request timed out' };
const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2 };
const fresh: TargetRecord = { id: '127.0.0.1', port: 8080, ...unchecked };

/** `+` is a good check, `-` a bad one. */
function after(checks: string, from = fresh): TargetRecord {
  return Array.from(checks).reduce(
    (target, check) => afterCheck(target, check === '+' ? good : bad, thresholds),
    from,
  );
}

describe('a target’s health', () => {
  it.each([
    ['', 'initial'],
    ['+', 'healthy'],
    ['-', 'initial'],
    ['--', 'unhealthy'],
    ['-+', 'healthy'],
    ['+-', 'healthy'],
    ['+--', 'unhealthy'],
    ['+-+-', 'healthy'],
    ['--+', 'unhealthy'],
    ['--++', 'unhealthy'],
    ['--++-+', 'unhealthy'],
    ['--+++', 'healthy'],
  ])('after “%s” is %s', (checks, state) => {
    expect(after(checks).state).toBe(state);
  });

  it('has a reason as long as it is not good', () => {
    expect(after('')).toMatchObject({ reason: 'Elb.RegistrationInProgress' });
    expect(after('-')).toMatchObject({ reason: 'Elb.InitialHealthChecking' });
    expect(after('--')).toMatchObject({ reason: 'Target.Timeout', description: 'Request timed out' });
    expect(after('--+++')).not.toHaveProperty('reason');
  });

  it('is no matter any more where it drains', () => {
    const draining: TargetRecord = { ...fresh, state: 'draining', drainedAt: 5 };
    expect(after('+++', draining)).toEqual(draining);
    expect(after('---', draining)).toEqual(draining);
  });

  it.each([
    ['200', 200, true],
    ['200', 204, false],
    ['200-299', 204, true],
    ['200-299', 300, false],
    ['200,301-302', 302, true],
    ['200,301-302', 201, false],
  ])('with the matcher %s: %i', (matcher, status, expected) => {
    expect(matches(matcher, status)).toBe(expected);
  });
});

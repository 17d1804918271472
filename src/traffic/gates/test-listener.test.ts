import { listenerOf } from './test-listener.ts';

describe('the listener of a rule', () => {
  it('is in the rule’s ARN', () => {
    expect(
      listenerOf('arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/1a/2b/3c'),
    ).toBe('arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/1a/2b');
  });

  it.each(['', 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/1a', 'rule'])(
    'is not known of "%s"',
    (arn) => {
      expect(listenerOf(arn)).toBeUndefined();
    },
  );
});

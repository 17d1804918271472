import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RuleRecord } from '../model.ts';
import { liveRules, matchRule, type RequestFacts } from './routing.ts';

const request: RequestFacts = {
  method: 'POST',
  url: '/api/chat/42?lang=en&page=2',
  headers: { host: 'chat.example.org:8080', 'user-agent': 'Mozilla/5.0 (X11)', 'x-side': 'green' },
  socket: { remoteAddress: '::ffff:192.0.2.77' },
};

function rule(priority: number | 'default', ...conditions: RuleCondition[]): RuleRecord {
  return { arn: `rule-${priority}`, listenerArn: 'listener', priority, conditions, actions: [], tags: {} };
}

const holds = (condition: RuleCondition): boolean =>
  matchRule(liveRules([rule(1, condition)], 'listener'), request) !== undefined;

describe('the conditions of rules', () => {
  it.each<[string, RuleCondition, boolean]>([
    ['a path', { Field: 'path-pattern', PathPatternConfig: { Values: ['/api/chat/42'] } }, true],
    ['any of several', { Field: 'path-pattern', PathPatternConfig: { Values: ['/x', '/api/*'] } }, true],
    ['the older form', { Field: 'path-pattern', Values: ['/api/*'] }, true],
    ['exactly one character', { Field: 'path-pattern', Values: ['/api/chat/4?'] }, true],
    ['no more than one', { Field: 'path-pattern', Values: ['/api/chat/?'] }, false],
    ['the whole path', { Field: 'path-pattern', Values: ['/api'] }, false],
    ['paths by case', { Field: 'path-pattern', Values: ['/API/*'] }, false],
    ['no regular expressions', { Field: 'path-pattern', Values: ['/api.chat.42'] }, false],
    ['a host without its port', { Field: 'host-header', Values: ['chat.example.org'] }, true],
    ['hosts whatever the case', { Field: 'host-header', Values: ['*.EXAMPLE.org'] }, true],
    ['another host', { Field: 'host-header', Values: ['example.org'] }, false],
    [
      'a method',
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET', 'POST'] } },
      true,
    ],
    ['another method', { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } }, false],
    ['a header', header('X-Side', 'gr?en'), true],
    ['a header that is not there', header('X-Other', '*'), false],
    ['special characters in a header', header('User-Agent', '*(X11)'), true],
    ['a query by key and value', query({ Key: 'page', Value: '?' }), true],
    ['a query by value', query({ Value: 'en' }), true],
    ['another query', query({ Key: 'lang', Value: 'fr' }), false],
    ['an address', { Field: 'source-ip', SourceIpConfig: { Values: ['192.0.2.64/26'] } }, true],
    ['another network', { Field: 'source-ip', SourceIpConfig: { Values: ['192.0.2.0/26'] } }, false],
    ['everybody', { Field: 'source-ip', SourceIpConfig: { Values: ['0.0.0.0/0'] } }, true],
  ])('know %s', (_what, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it('must all hold', () => {
    const both = (path: string) =>
      rule(1, header('X-Side', 'green'), { Field: 'path-pattern', Values: [path] });
    expect(matchRule(liveRules([both('/api/*')], 'listener'), request)?.arn).toBe('rule-1');
    expect(matchRule(liveRules([both('/other')], 'listener'), request)).toBeUndefined();
  });

  it('are tried in order of priority, the default rule last', () => {
    const all = { Field: 'path-pattern', Values: ['*'] };
    const rules = [rule('default'), rule(20, all), rule(3, all), rule(1, header('X-Side', 'blue'))];
    expect(liveRules(rules, 'listener').map(({ arn }) => arn)).toEqual([
      'rule-1',
      'rule-3',
      'rule-20',
      'rule-default',
    ]);
    expect(matchRule(liveRules(rules, 'listener'), request)?.arn).toBe('rule-3');
    expect(matchRule(liveRules([rule('default'), rule(1, header('a', 'b'))], 'listener'), request)?.arn).toBe(
      'rule-default',
    );
  });

  it('are as they were: a change of the record is none of the rule that is on its way', () => {
    const record = rule(1, { Field: 'path-pattern', Values: ['/api/*'] });
    const live = liveRules([record], 'listener');
    record.conditions[0] = { Field: 'path-pattern', Values: ['/other'] };
    expect(matchRule(live, request)?.arn).toBe('rule-1');
  });
});

function header(HttpHeaderName: string, value: string): RuleCondition {
  return { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName, Values: [value] } };
}

function query(pair: { Key?: string; Value: string }): RuleCondition {
  return { Field: 'query-string', QueryStringConfig: { Values: [pair] } };
}

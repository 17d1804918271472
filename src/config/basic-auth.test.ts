import { authorizationOf } from './basic-auth.ts';

const reference = { BASIC_AUTH: { var: 'PAIR', default: '' } };

test.each([
  ['none is set', {}, {}, undefined],
  ['it is empty', { BASIC_AUTH: '' }, {}, undefined],
  ['it is text', { BASIC_AUTH: 'a:b' }, {}, 'Basic YTpi'],
  ['it is a GitHub variable', reference, { PAIR: 'a:b' }, 'Basic YTpi'],
  ['the GitHub variable is not set', reference, {}, undefined],
  ['the GitHub variable is empty', reference, { PAIR: '' }, undefined],
])('the authorization, where %s', (_case, variables, given, expected) => {
  expect(authorizationOf({ variables }, given)).toBe(expected);
});

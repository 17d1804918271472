import { redactor } from './redact.ts';

const basic = `Basic ${Buffer.from('ada:correct horse').toString('base64')}`;

describe('what is secret', () => {
  it.each([
    [basic, `sent ${basic}`, 'sent ***'],
    [basic, 'as ada:correct horse', 'as ***'],
    [basic, 'with correct horse', 'with ***'],
    ['Bearer abcdef', 'token abcdef', 'token ***'],
    [undefined, '{"cookie":"session=1","a":2}', '{"cookie":"***","a":2}'],
    [undefined, 'Set-Cookie: session=1; Path=/\nnext', 'Set-Cookie: ***\nnext'],
    [undefined, 'authorization=Bearer x', 'authorization=***'],
  ])('is taken out (%#)', (authorization, text, expected) => {
    expect(redactor(authorization)(text)).toBe(expected);
  });

  it('is not what is merely short: hiding it would hide words', () => {
    expect(redactor(`Basic ${Buffer.from('a:b').toString('base64')}`)('a bad idea')).toBe('a bad idea');
  });
});

import fc from 'fast-check';
import { Masks } from './masks.ts';

test('secrets are hidden wherever they stand, the longest first', () => {
  const masks = new Masks();
  masks.add('hunter2');
  masks.add('hunter22');
  expect(masks.mask('a hunter22 and hunter2.')).toBe('a *** and ***.');
  expect(masks.contains('nothing here')).toBe(false);
});

test('each line of a multi-line secret is hidden', () => {
  const masks = new Masks();
  masks.add('first line\r\nsecond line\n');
  expect(masks.mask('see: second line!')).toBe('see: ***!');
});

test('encoded forms are hidden', () => {
  const masks = new Masks();
  masks.add('p@ss "word"');
  for (const text of [
    encodeURIComponent('p@ss "word"'),
    JSON.stringify({ key: 'p@ss "word"' }),
    Buffer.from('AWS:p@ss "word"').toString('base64'),
    Buffer.from('p@ss "word"').toString('base64'),
  ]) {
    expect(masks.mask(text)).toContain('***');
  }
});

test('blank values mask nothing', () => {
  const masks = new Masks();
  masks.add('');
  masks.add(' \n ');
  expect(masks.mask('a b')).toBe('a b');
});

test('no text with a secret in it, plain or in Base64 at any offset, leaves it readable', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(secret.trim().length >= 8);
      const masks = new Masks();
      masks.add(secret);
      const hidden = masks.mask(Buffer.from(before + secret.trim() + after).toString('base64'));
      expect(hidden).toContain('***');
      expect(masks.mask(before + secret.trim() + after)).toContain('***');
    }),
  );
});

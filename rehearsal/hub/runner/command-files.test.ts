import { parseAssignments, parsePaths } from './command-files.ts';

test('values on one line, and over several', () => {
  expect(parseAssignments('a=1\nb=x=y\n\nc<<EOT\nline 1\nline=2\nEOT\nd=\n')).toEqual([
    { name: 'a', value: '1' },
    { name: 'b', value: 'x=y' },
    { name: 'c', value: 'line 1\nline=2' },
    { name: 'd', value: '' },
  ]);
});

test('an = before << is a value; an empty heredoc is an empty value', () => {
  expect(parseAssignments('a=b<<c\ne<<X\nX\n')).toEqual([
    { name: 'a', value: 'b<<c' },
    { name: 'e', value: '' },
  ]);
});

test('a carriage return is part of a value', () => {
  expect(parseAssignments('a=1\r\nb<<E\r\nx\r\ny\nE\r\n')).toEqual([
    { name: 'a', value: '1\r' },
    { name: 'b', value: 'x\r\ny' },
  ]);
});

test.each([
  ['a<<EOT\nx\n', "Matching delimiter not found 'EOT'"],
  ['no separator\n', "Invalid format 'no separator'"],
  ['=x\n', 'the name is empty'],
  ['<<EOT\nEOT\n', 'is empty'],
])('%j is refused', (content, message) => {
  expect(() => parseAssignments(content)).toThrow(message);
});

test('paths, one a line', () => {
  expect(parsePaths('/a\n\n/b c\n')).toEqual(['/a', '/b c']);
});

import { parseCommand } from './commands.ts';

test.each([
  ['::notice::Hello', { name: 'notice', properties: {}, message: 'Hello' }],
  [
    '::error file=src/a.ts,line=3,title=A%2C b%3A::50%25%0Aoff',
    { name: 'error', properties: { file: 'src/a.ts', line: '3', title: 'A, b:' }, message: '50%\noff' },
  ],
  ['  ::Group::Name', { name: 'group', properties: {}, message: 'Name' }],
  ['::endgroup::', { name: 'endgroup', properties: {}, message: '' }],
  ['::set-output name=a::b::c', { name: 'set-output', properties: { name: 'a' }, message: 'b::c' }],
  ['##[group]Old form', { name: 'group', properties: {}, message: 'Old form' }],
  ['::add-mask::%250A', { name: 'add-mask', properties: {}, message: '%0A' }],
])('%s', (line, command) => {
  expect(parseCommand(line)).toEqual(command);
});

test.each(['plain', 'std::vector<int>', 'a ::notice::b', '::', ':: ::x'])('%j is output', (line) => {
  expect(parseCommand(line)).toBeUndefined();
});

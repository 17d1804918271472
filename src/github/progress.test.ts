import { createProgress, formatDuration } from './progress.ts';

describe('progress', () => {
  it('prints a line for each change, and one a minute while nothing changes', () => {
    let time = 0;
    const lines: string[] = [];
    const progress = createProgress({
      print: (line) => lines.push(line),
      now: () => time,
      deadline: 600_000,
    });
    const at = (seconds: number, state: string) => {
      time = seconds * 1000;
      progress.report(state);
    };
    at(0, '0 of 2 tasks');
    at(1, '0 of 2 tasks');
    at(2, '1 of 2 tasks');
    at(61, '1 of 2 tasks');
    at(62, '1 of 2 tasks');
    at(121, '1 of 2 tasks');
    at(122, '1 of 2 tasks');
    expect(lines).toEqual([
      '0 of 2 tasks',
      '1 of 2 tasks',
      '1 of 2 tasks (for 1 min, 8 min 58 s left)',
      '1 of 2 tasks (for 2 min, 7 min 58 s left)',
    ]);
  });

  it.each([
    [0, '0 ms'],
    [480.4, '480 ms'],
    [4240, '4.2 s'],
    [59_600, '1 min'],
    [65_000, '1 min 5 s'],
    [7_380_000, '2 h 3 min'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

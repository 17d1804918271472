import { fullRef, parseOptions, UsageError } from './options.ts';

describe('the options of npm start', () => {
  it('pushes HEAD as develop and stays up, when nothing is said', () => {
    expect(parseOptions([])).toEqual({
      ref: 'develop',
      journey: false,
      approve: false,
      exit: false,
      summary: undefined,
      repository: '.',
      config: 'sluice.yml',
      port: undefined,
      timeScale: 1,
      driver: 'auto',
      fresh: false,
      verbose: false,
      variables: {},
    });
  });

  it('reports every mistake at once', () => {
    const mistakes = [
      '--port',
      'x',
      '--time-scale',
      '0',
      '--driver',
      'podman',
      '--ref',
      '../x',
      '--variable',
      'X',
    ];
    expect(() => parseOptions(mistakes)).toThrow(UsageError);
    try {
      parseOptions(mistakes);
    } catch (error: unknown) {
      expect((error as Error).message.split('\n').slice(0, 5)).toEqual([
        '--port takes a number from 1 to 65535, and is "x".',
        '--time-scale takes a number above 0 and up to 1000, and is "0".',
        '--driver takes auto, process or docker, and is "podman".',
        '--ref takes the name of a branch or a tag, and is "../x".',
        '--variable takes NAME=value, and is "X".',
      ]);
    }
  });

  it('names an option that it does not know', () => {
    expect(() => parseOptions(['--exti'])).toThrow(/--exti/);
  });

  it('keeps every = of a variable but the first', () => {
    expect(parseOptions(['--variable', 'A=b=c'])).toMatchObject({ variables: { A: 'b=c' } });
  });

  it('refuses to wait for a run that nothing starts', () => {
    expect(() => parseOptions(['--exit', '--no-push'])).toThrow(/leave one of them out/);
  });

  it('lets time pass faster on a journey, unless told how fast', () => {
    expect(parseOptions(['--journey', '--approve'])).toMatchObject({
      journey: true,
      approve: true,
      timeScale: 20,
    });
    expect(parseOptions(['--journey', '--time-scale', '1'])).toMatchObject({ timeScale: 1 });
  });

  it.each([['--ref', 'main'], ['--no-push']])('refuses a journey with %s', (...other) => {
    expect(() => parseOptions(['--journey', ...other])).toThrow(/leave --ref and --no-push out/);
  });

  it.each([
    ['develop', 'refs/heads/develop'],
    ['v1.2.3', 'refs/tags/v1.2.3'],
    ['v2-branch', 'refs/heads/v2-branch'],
  ])('pushes %s as %s', (name, ref) => {
    expect(fullRef(name)).toBe(ref);
  });
});

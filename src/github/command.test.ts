import { runCommand } from './command.ts';

const node = (program: string, onLine?: (line: string) => void) =>
  runCommand(process.execPath, ['-e', program], onLine === undefined ? {} : { onLine });

describe('a program', () => {
  it('is heard line by line: LF, CRLF, a lone CR, and a last line without an end', async () => {
    const lines: string[] = [];
    const { stdout } = await node(
      'process.stdout.write("a\\nb\\r\\nc\\rd\\n\\ne")',
      (line) => void lines.push(line),
    );
    expect(lines).toEqual(['a', 'b', 'c', 'd', '', 'e']);
    expect(stdout).toBe('a\nb\r\nc\rd\n\ne');
  });

  it('ends one line with a CRLF that comes in two parts', async () => {
    const lines: string[] = [];
    await node(
      'process.stdout.write("a\\r"); setTimeout(() => process.stdout.write("\\nb"), 100)',
      (line) => void lines.push(line),
    );
    expect(lines).toEqual(['a', 'b']);
  });

  it('may print letters of several bytes at the border of two chunks', async () => {
    const lines: string[] = [];
    await node("process.stdout.write('ẹ̀kọ́ 🎓 '.repeat(20_000))", (line) => void lines.push(line));
    expect(lines).toEqual(['ẹ̀kọ́ 🎓 '.repeat(20_000)]);
  });

  it('may print more than is kept: all of it is heard, and the end of it is kept', async () => {
    let heard = 0;
    const program = `for (let i = 0; i < 40_000; i += 1) console.log(String(i).padStart(99, '.'))`;
    const { stdout } = await node(program, (line) => {
      heard += line.length;
    });
    expect(heard).toBe(40_000 * 99);
    expect(stdout.length).toBeLessThan(2_500_000);
    expect(stdout.endsWith('39999\n')).toBe(true);
    // Without a listener it is somebody's input, and whole.
    expect((await node(program)).stdout).toHaveLength(40_000 * 100);
  });

  it('has ended when it ends, whatever it has left running behind it', async () => {
    const begun = performance.now();
    const { exitCode, stdout } = await runCommand('bash', ['-c', 'sleep 90 & echo $!; exit 3']);
    expect(exitCode).toBe(3);
    expect(performance.now() - begun).toBeLessThan(60_000);
    process.kill(Number(stdout));
  }, 120_000);
});

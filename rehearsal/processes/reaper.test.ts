import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { signalGroup } from './group.ts';
import { expectGone, isThere } from './gone.fixture.ts';

const reaper = fileURLToPath(new URL('./reaper.ts', import.meta.url));

/** A process that starts two groups, hands them to its reaper, and does what is asked. @returns it and the groups */
async function parent(then: string): Promise<{ process: ChildProcess; groups: number[] }> {
  const started = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { spawn } from 'node:child_process';
     import { Reaper } from '${reaper}';
     const reaper = new Reaper();
     const groups = [1, 2].map(() => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }));
     for (const { pid } of groups) reaper.add(pid);
     const [first, second] = groups.map(({ pid }) => pid);
     ${then}
     console.log(first, second);
     setInterval(() => {}, 1000);`,
  ]);
  const { value } = (await createInterface(started.stdout)[Symbol.asyncIterator]().next()) as {
    value?: string;
  };
  return { process: started, groups: (value ?? '').split(' ').map(Number) };
}

describe('a reaper', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('ends the groups of a process that a %s ends', async (signal) => {
    const { process: started, groups } = await parent('');
    expect(groups.map(isThere)).toEqual([true, true]);
    started.kill(signal);
    await once(started, 'exit');
    for (const group of groups) await expectGone(group);
  });

  it('leaves alone what it was told has ended', async () => {
    const { process: started, groups } = await parent('reaper.remove(first);');
    const [first = 0, second = 0] = groups;
    started.kill('SIGKILL');
    await once(started, 'exit');
    await expectGone(second);
    expect(isThere(first)).toBe(true);
    signalGroup(first, 'SIGKILL');
  });

  it('has another one in its place when it is killed itself', async () => {
    const { process: started, groups } = await parent(
      `const { execFileSync } = await import('node:child_process');
       const { once } = await import('node:events');
       const shells = () => execFileSync('ps', ['-axo', 'pid=,ppid=,args='], { encoding: 'utf8' })
         .split('\\n').map((line) => line.trim().split(/ +/))
         .filter(([, parent, command]) => parent === String(process.pid) && command === '/bin/sh')
         .map(([pid]) => Number(pid));
       const [shell] = shells();
       process.kill(shell, 'SIGKILL');
       while (shells().every((pid) => pid === shell)) await new Promise((resolve) => setTimeout(resolve, 5));`,
    );
    started.kill('SIGKILL');
    await once(started, 'exit');
    for (const group of groups) await expectGone(group);
  });
});

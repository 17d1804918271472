import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** Each line names all groups; the end of the input is the end of whoever wrote it. */
const script = `
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group"; done`;

/**
 * Sees to it that process groups end with this process, however it ends. A small shell in a session of its own waits
 * for the end of a pipe that this process alone holds: the system closes it even after a SIGKILL.
 */
export class Reaper {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | undefined;

  /** @param group the id of a process that leads a group of its own */
  add(group: number): void {
    this.#groups.add(group);
    this.#shell ??= this.#start();
    this.#tell();
  }

  /** To be called when the group has ended: its id may be used again. */
  remove(group: number): void {
    this.#groups.delete(group);
    this.#tell();
    if (this.#groups.size > 0) return;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #tell(): void {
    this.#shell?.stdin?.write(`${[...this.#groups].join(' ')}\n`);
  }

  #start(): ChildProcess {
    const shell = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      env: {},
      // Neither a Ctrl-C nor a kill of this process's group is for it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell.unref();
    // A pipe to a child is a socket, though its type does not say so. Open, it would keep this process alive.
    if (shell.stdin instanceof Socket) shell.stdin.unref();
    // It may be killed as well; what it is told then goes nowhere, and another one takes its place.
    shell.stdin.on('error', () => undefined);
    shell.once('exit', () => {
      if (this.#shell !== shell) return;
      this.#shell = this.#start();
      this.#tell();
    });
    return shell;
  }
}

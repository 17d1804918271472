import { spawnSync } from 'node:child_process';
import { addRemote, removeRemote } from './hub/git/remote.ts';
import { gitEnvironment } from './hub/git/repository.ts';

export interface OfferedRemote {
  readonly name: string;
  withdraw(): Promise<void>;
}

/** Adds the remote to push to, says so, and sees to it that it goes again, however this process ends. */
export async function offerRemote(
  repository: string,
  gitDirectory: string,
  say: (line: string) => void,
): Promise<OfferedRemote> {
  const { name, added } = await addRemote(repository, gitDirectory);
  // Where the process ends at once (a second Ctrl-C), what was announced is taken back all the same.
  const atExit = (): void => {
    spawnSync('git', ['-C', repository, 'remote', 'remove', name], {
      env: gitEnvironment(),
      stdio: 'ignore',
    });
  };
  process.once('exit', atExit);
  say(
    added
      ? `Added the remote "${name}" to ${repository}; it is removed when the rehearsal stops.`
      : `The remote "${name}" is there from an earlier rehearsal.`,
  );
  return {
    name,
    withdraw: async () => {
      process.off('exit', atExit);
      if (await removeRemote(repository, name, gitDirectory)) say(`Removed the remote "${name}".`);
    },
  };
}

import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gitEnvironment } from '../../rehearsal/hub/git/repository.ts';
import type { Run } from '../../rehearsal/hub/model.ts';
import { startRehearsal, type Rehearsal, type RehearsalOptions } from '../../rehearsal/rehearsal.ts';

/** A run that takes longer than this hangs, however busy the machine is. */
const deadlineMs = 300_000;

/** A repository of Ada's with one commit, and its rehearsal. */
export interface RehearsedRepository {
  readonly repository: string;
  readonly rehearsal: Rehearsal;
  /** What the rehearsal told its user, and its log. */
  readonly said: string[];
  git(...args: string[]): string;
  commit(changes: Readonly<Record<string, string>>): void;
  /** @returns the run that the push started */
  push(refspec: string): Promise<Run>;
  finished(run: Run): Promise<Run>;
  end(): Promise<void>;
}

export async function rehearsedRepository(
  branch: string,
  files: Readonly<Record<string, string>>,
  options: Partial<RehearsalOptions>,
): Promise<RehearsedRepository> {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'sluice-rehearsing-'));
  // As a folder of one's projects is: in a closed one, root's database would be kept elsewhere.
  chmodSync(folder, 0o755);
  const repository = path.join(folder, 'shop');
  mkdirSync(repository);
  const env = { ...gitEnvironment(), SLUICE_FOLLOW: '0' };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: repository, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  const commit = (changes: Readonly<Record<string, string>>): void => {
    for (const [name, content] of Object.entries(changes)) {
      const file = path.join(repository, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'Change things');
  };
  git('init', '--quiet', `--initial-branch=${branch}`);
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  commit(files);

  const said: string[] = [];
  const rehearsal = await startRehearsal({
    repository,
    config: 'sluice.yml',
    port: undefined,
    timeScale: 20,
    driver: 'process',
    variables: {},
    fresh: false,
    say: (line) => said.push(line),
    log: (line) => said.push(`log: ${line}`),
    ...options,
  });
  const { hub, engine } = rehearsal;
  return {
    repository,
    rehearsal,
    said,
    git,
    commit,
    push: async (refspec) => {
      const known = new Set(hub.runs.keys());
      // Not synchronously: the hook waits for the hub, and the hub is in this process.
      await promisify(execFile)('git', ['push', '--quiet', rehearsal.remote, refspec], {
        cwd: repository,
        env,
      });
      const run = [...hub.runs.values()].find(({ id }) => !known.has(id));
      if (run === undefined) throw new Error(`The push started no run.\n${said.join('\n')}`);
      return run;
    },
    finished: (run) => engine.whenFinished(run.id, AbortSignal.timeout(deadlineMs)),
    end: async () => {
      await rehearsal.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

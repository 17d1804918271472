import type { Runner } from './runner.ts';

/** `::stop-commands::TOKEN`, and the form that came before it, which the runner still obeys. */
const stop = /^\s*::stop-commands::(.+)$|##\[stop-commands\](.+)$/;

/** Prints what a command of the user's prints. */
interface Relay {
  readonly line: (text: string) => void;
  /** Called when the command has ended. */
  readonly end: () => void;
}

/**
 * Prints lines as a `run:` step would: the runner obeys the workflow commands in them, so that a linter's annotations
 * and a test's masks work. One of them would outlast the command: after `::stop-commands::` nothing that the action
 * says itself would be obeyed, not even its failure. Commands are started again at the end.
 *
 * Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands
 */
export function relay(runner: Runner): Relay {
  let token: string | undefined;
  return {
    line: (text) => {
      if (token === undefined) {
        const [, now, before] = stop.exec(text) ?? [];
        token = now ?? before;
      } else if (text.trim() === `::${token}::`) token = undefined;
      runner.info(text);
    },
    end: () => {
      if (token !== undefined) runner.info(`::${token}::`);
    },
  };
}

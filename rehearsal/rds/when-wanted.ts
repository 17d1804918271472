import { matchEnvironment, type Config } from '../../src/config/index.ts';
import type { Hub } from '../hub/hub.ts';
import type { LocalRds } from './index.ts';

/**
 * The database server is started by the first run to an environment that has a database: whoever deploys to
 * development alone has none running.
 * @returns how to stop looking
 */
export function startDatabaseWhenWanted({
  hub,
  config,
  rds,
  say,
}: {
  hub: Hub;
  config: Config;
  rds: LocalRds;
  say: (line: string) => void;
}): () => void {
  const told = new Set<string>();
  return hub.onChange((change) => {
    if (change.kind !== 'run' || change.run.status === 'completed') return;
    const name = matchEnvironment(config, change.run.ref);
    if (name === undefined || config.environments[name]?.database.engine !== 'postgres') return;
    rds.start().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      if (!told.has(why)) say(why);
      told.add(why);
    });
  });
}

import type { Config } from '../src/config/index.ts';
import { startClient, type BackgroundClient, type ClientFigures } from './client.ts';
import type { Hub } from './hub/hub.ts';
import type { Job } from './hub/model.ts';
import type { Rehearsal } from './rehearsal.ts';

/** The background client's figures of one run that shifted traffic. */
export interface TrafficFigures extends ClientFigures {
  readonly runId: number;
  readonly environment: string;
}

export interface UsersOptions {
  readonly hub: Hub;
  /** What users ask for in an environment whose deployments shift traffic; `undefined` in the others. */
  readonly urlOf: (environment: string) => URL | undefined;
  readonly versionKey: string;
  readonly requestsPerSecond: number;
  /** Told when the users of an environment have left, and what they have seen. */
  readonly onEnd: (figures: TrafficFigures) => void;
}

export interface Users {
  /** In the order in which the runs ended. */
  readonly figures: readonly TrafficFigures[];
  /** Sends them home; waits for what they have asked. */
  stop(): Promise<void>;
}

/**
 * Has users at the front door for as long as a job deploys there: they come when it starts, and leave when it ends,
 * with the old version's tasks gone.
 */
export function bringUsers({ hub, urlOf, versionKey, requestsPerSecond, onEnd }: UsersOptions): Users {
  const figures: TrafficFigures[] = [];
  const present = new Map<number, BackgroundClient>();
  const leaving = new Set<Promise<void>>();

  const leave = async (job: Job, runId: number, client: BackgroundClient): Promise<void> => {
    present.delete(job.id);
    const seen = { ...(await client.stop()), runId, environment: job.environment?.name ?? '' };
    // Where nothing was served there was nobody.
    if (seen.requests === 0) return;
    figures.push(seen);
    onEnd(seen);
  };
  const stopListening = hub.onChange((change) => {
    if (change.kind !== 'job') return;
    const { job, run } = change;
    const client = present.get(job.id);
    const url = job.environment === undefined ? undefined : urlOf(job.environment.name);
    if (url === undefined) return;
    if (job.status === 'in_progress' && client === undefined) {
      present.set(job.id, startClient({ url, versionKey, requestsPerSecond }));
    } else if (job.status === 'completed' && client !== undefined) {
      const gone = leave(job, run.id, client);
      leaving.add(gone);
      void gone.finally(() => leaving.delete(gone));
    }
  });
  return {
    figures,
    stop: async () => {
      stopListening();
      await Promise.all([...leaving, ...[...present.values()].map((client) => client.stop())]);
    },
  };
}

/** How many requests a second the users make while traffic shifts. */
const usersRequestsPerSecond = 200;

/** Users for every environment of a rehearsal whose deployments shift traffic. */
export function bringUsersTo({ hub, config }: Rehearsal, say: (line: string) => void): Users {
  const { path: versionPath, json } = config.container.version;
  return bringUsers({
    hub,
    urlOf: (name) => {
      if (config.environments[name]?.deploy.strategy === 'rolling') return undefined;
      const address = addressOf(hub, config, name);
      return address === undefined ? undefined : new URL(versionPath, address);
    },
    versionKey: json,
    requestsPerSecond: usersRequestsPerSecond,
    onEnd: ({ environment, requests, failed, failures, versions }) => {
      const shares = Object.entries(versions)
        .map(([version, count]) => `${version.slice(0, 12)} ${count}`)
        .join(', ');
      say(`  users of ${environment}: ${requests} requests, ${failed} failed (${shares})`);
      failures.forEach((failure) => say(`    ${failure}`));
    },
  });
}

/** Where people reach an environment; `undefined` where that is not of this machine. */
export function addressOf(hub: Hub, config: Config, name: string): URL | undefined {
  const url = config.environments[name]?.url;
  const address = typeof url === 'object' ? hub.environment(name).variables[url.var] : url;
  // Only what is rehearsed is asked: never a site that sluice.yml names outright.
  return address !== undefined && /^https?:\/\/127\.0\.0\.1:/.test(address) ? new URL(address) : undefined;
}

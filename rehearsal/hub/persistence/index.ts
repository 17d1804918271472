import { mkdirSync } from 'node:fs';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { Hub } from '../hub.ts';
import { endInterrupted, endInterruptedDeployment } from './interrupted.ts';
import { LogFiles } from './log-files.ts';
import { loadSnapshot, restoreSnapshot, takeSnapshot } from './snapshot.ts';

export interface PersistenceOptions {
  readonly hub: Hub;
  /** `hub.json` and `logs/` are kept in it. */
  readonly directory: string;
  /** What cannot be written is said here; the hub goes on in memory. */
  readonly log: (message: string) => void;
  readonly now?: () => Date;
}

export interface Persistence {
  /** What was found and mended, for the user. */
  readonly notes: readonly string[];
  /** Writes what is not written yet, and stops following the hub. */
  stop(): void;
}

/** Changes come in bursts: they are written together, this long after the first. */
const shortestDelayMs = 400;
/** Where a snapshot takes long to write, it is written less often, so that writing takes a twentieth of the time. */
const delayPerWriteMs = 20;

/** Fills a new hub with what earlier starts left in the folder, and keeps the folder up to date from then on. */
export function keepOnDisk({ hub, directory, log, now = () => new Date() }: PersistenceOptions): Persistence {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'hub.json');
  const logs = new LogFiles(path.join(directory, 'logs'));
  const notes = restore(hub, file);
  logs.keepOnly(new Set([...hub.runs.values()].flatMap(({ jobs }) => jobs.map(({ id }) => id))));
  hub.earlierLog = (jobId) => logs.read(jobId);

  let timer: NodeJS.Timeout | undefined;
  let delayMs = shortestDelayMs;
  let recordsChanged = notes.length > 0;
  const write = (): void => {
    const startedAt = performance.now();
    timer = undefined;
    try {
      logs.flush();
      if (recordsChanged)
        writeFileAtomic.sync(file, JSON.stringify(takeSnapshot(hub, now())), { mode: 0o600 });
      recordsChanged = false;
      delayMs = Math.max(shortestDelayMs, (performance.now() - startedAt) * delayPerWriteMs);
    } catch (error: unknown) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`The hub's records could not be written to ${directory}: ${reason}`);
    }
  };
  const stopFollowing = hub.onChange((change) => {
    if (change.kind === 'log') logs.add(change.jobId, change.line);
    else recordsChanged = true;
    timer ??= setTimeout(write, delayMs).unref();
  });

  return {
    notes,
    stop() {
      stopFollowing();
      clearTimeout(timer);
      write();
    },
  };
}

function restore(hub: Hub, file: string): string[] {
  const loaded = loadSnapshot(file);
  switch (loaded.kind) {
    case 'absent':
      return [];
    case 'damaged':
      return [
        `The records of earlier runs could not be read (${loaded.reason}). They are set aside as ${loaded.setAside}.`,
      ];
    case 'snapshot': {
      const { snapshot } = loaded;
      restoreSnapshot(hub, snapshot);
      const ended = [...hub.runs.values()].filter((run) => endInterrupted(run, snapshot.savedAt));
      for (const deployment of hub.deployments.values()) {
        endInterruptedDeployment(deployment, snapshot.savedAt, () => hub.nextId());
      }
      return ended.map(
        ({ workflowName, number }) =>
          `${workflowName} #${number} was cut off when the hub stopped, and counts as cancelled.`,
      );
    }
  }
}

import type { ServerResponse } from 'node:http';
import type { Hub } from '../hub.ts';
import type { Change } from '../model.ts';
import type { TrafficSource } from '../traffic.ts';
import { logLine } from './log.ts';
import { TrafficWatch } from './traffic-watch.ts';

/** How long changes are collected before an open page hears of them. */
const collectMs = 150;

/**
 * The open pages, as streams of server-sent events: `change` says that something else than a log is new, `log` brings
 * the new lines of the run that a page shows. While nothing happens, nothing is sent.
 */
export class LivePages {
  readonly #hub: Hub;
  readonly #traffic: TrafficWatch | undefined;
  readonly #streams = new Set<ServerResponse>();

  /** @param traffic its weights and stages are shown as well */
  constructor(hub: Hub, traffic: TrafficSource | undefined) {
    this.#hub = hub;
    this.#traffic = traffic === undefined ? undefined : new TrafficWatch(traffic);
  }

  /** @param runId the run that the page shows, for its log */
  open(response: ServerResponse, runId: number | undefined): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.#streams.add(response);
    const lines = new Map<number, { index: number; step: number; kind: string; html: string }[]>();
    let changed = false;
    let timer: NodeJS.Timeout | undefined;
    const send = (): void => {
      timer = undefined;
      for (const [jobId, added] of lines) {
        response.write(`event: log\ndata: ${JSON.stringify({ jobId, lines: added })}\n\n`);
      }
      lines.clear();
      if (changed) response.write('event: change\ndata: {}\n\n');
      changed = false;
    };
    const stop = this.#hub.onChange((change: Change) => {
      if (change.kind !== 'log') changed = true;
      else if (runId !== undefined && this.#isOf(change.jobId, runId)) {
        const { jobId, line } = change;
        const index = this.#hub.logOf(jobId).length - 1;
        const rendered = logLine(jobId, { line, index }).toString();
        const added = { index, step: line.step, kind: line.kind, html: rendered };
        const waiting = lines.get(jobId);
        if (waiting === undefined) lines.set(jobId, [added]);
        else waiting.push(added);
      } else return;
      timer ??= setTimeout(send, collectMs);
    });
    const stopTraffic = this.#traffic?.onChange(() => {
      changed = true;
      timer ??= setTimeout(send, collectMs);
    });
    response.once('close', () => {
      stop();
      stopTraffic?.();
      clearTimeout(timer);
      this.#streams.delete(response);
    });
  }

  stop(): void {
    for (const response of this.#streams) response.end();
  }

  #isOf(jobId: number, runId: number): boolean {
    return this.#hub.runs.get(runId)?.jobs.some(({ id }) => id === jobId) === true;
  }
}

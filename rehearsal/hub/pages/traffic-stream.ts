import type { ServerResponse } from 'node:http';
import type { Traffic, TrafficSource } from '../traffic.ts';

/** How often the seconds that have passed are sent. */
const everyMs = 1_000;
/** Seconds are sent again while requests that began in them may still end. */
const settlingSeconds = 3;

/**
 * The open traffic pages, as streams of server-sent events: first all that is known of an environment, then every
 * second what is new, and at once when the weights or the stage change. Nothing runs while no page is open.
 */
export class TrafficStreams {
  readonly #source: TrafficSource;
  readonly #streams = new Set<ServerResponse>();

  constructor(source: TrafficSource) {
    this.#source = source;
  }

  open(response: ServerResponse, environment: string): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.#streams.add(response);
    let sentUpTo = 0;
    const send = (): void => {
      const traffic = this.#source.traffic(environment);
      if (traffic === undefined) return;
      const fresh = since(traffic, sentUpTo - settlingSeconds);
      sentUpTo = Math.max(sentUpTo, traffic.seconds.at(-1)?.at ?? 0);
      response.write(`event: traffic\ndata: ${JSON.stringify(fresh)}\n\n`);
    };
    const timer = setInterval(send, everyMs);
    const stop = this.#source.onChange((changed) => {
      if (changed === environment) send();
    });
    response.once('close', () => {
      clearInterval(timer);
      stop();
      this.#streams.delete(response);
    });
    send();
  }

  stop(): void {
    for (const response of this.#streams) response.end();
  }
}

function since(traffic: Traffic, at: number): Traffic {
  return { ...traffic, seconds: traffic.seconds.filter((second) => second.at > at) };
}

import type { Config } from '../../../src/config/index.ts';
import type { Hub } from '../hub.ts';
import type { CommitGraph, RunControl } from '../rest/index.ts';
import type { TrafficSource } from '../traffic.ts';
import type { LivePages } from './live.ts';
import type { TrafficStreams } from './traffic-stream.ts';

/** What the pages show, and what their forms set off. */
export interface PagesOptions {
  readonly hub: Hub;
  readonly control: RunControl;
  readonly live: LivePages;
  readonly commits: CommitGraph;
  /** Where the environments' traffic is seen; without it there are no pages of it. */
  readonly traffic: TrafficSource | undefined;
  readonly streams: TrafficStreams | undefined;
  /** sluice.yml as it stands now; `undefined` where it has mistakes. */
  readonly config: () => Promise<Config | undefined>;
  readonly driver: () => string;
  readonly now: () => Date;
}

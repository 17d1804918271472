/**
 * Where the pages get an environment's traffic from. The hub knows nothing of the cloud: `rehearsal.ts` joins them.
 */
export interface TrafficSource {
  /** The environments that have a load balancer, by name. */
  environments(): readonly string[];
  traffic(environment: string): Traffic | undefined;
  /** Calls back when the weights or the stage change. @returns how to stop that */
  onChange(listener: (environment: string) => void): () => void;
}

export interface Traffic {
  readonly environment: string;
  /** Where users reach it. */
  readonly url: string;
  /** What each side runs, and its weight on the production rule; one side where there is only one target group. */
  readonly sides: readonly Side[];
  /** The service deployment in progress: ECS's lifecycle stage and status. `undefined`: none is. */
  readonly shift: { readonly stage: string; readonly status: string; readonly startedAt: string } | undefined;
  /** One a second, oldest first, of the last ten minutes; seconds without requests are left out. */
  readonly seconds: readonly TrafficSecond[];
}

export interface Side {
  /** Which of the two target groups it is; colours do not move, versions do. */
  readonly colour: 'blue' | 'green';
  readonly version: string | undefined;
  /** Of 100. */
  readonly percent: number;
  readonly healthyTargets: number;
  readonly targets: number;
}

export interface TrafficSecond {
  /** Seconds since the epoch, of the machine's clock. */
  readonly at: number;
  /** By colour; `none`: the load balancer itself answered (502, 503, 504, fixed responses). */
  readonly requests: Readonly<Partial<Record<'blue' | 'green' | 'none', number>>>;
  /** 5xx, from targets and from the load balancer. */
  readonly failed: Readonly<Partial<Record<'blue' | 'green' | 'none', number>>>;
}

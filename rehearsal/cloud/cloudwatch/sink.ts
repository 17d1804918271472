/** What other services of the cloud, and tasks by PutMetricData or EMF, tell CloudWatch. */
export interface MetricDatum {
  /** `AWS/ApplicationELB`, … */
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** How often the value was seen; 1 where it is left out. */
  readonly count?: number;
  /** Milliseconds since the epoch, of the cloud's clock. */
  readonly at: number;
  readonly unit?: string;
}

/** Takes one value. Never throws, never waits: it is called in the path of real requests. */
export type MetricSink = (datum: MetricDatum) => void;

export const noMetrics: MetricSink = () => undefined;

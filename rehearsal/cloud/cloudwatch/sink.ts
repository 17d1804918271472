/** What other services of the cloud, and tasks by PutMetricData or EMF, tell CloudWatch. */
export interface MetricDatum {
  /** `AWS/ApplicationELB`, … */
  readonly namespace: string;
  readonly name: string;
  /** Never changed afterwards: the same object is known again, which is the quickest. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** How often the value was seen; 1 where it is left out. */
  readonly count?: number;
  /** Milliseconds since the epoch, of the cloud's clock. */
  readonly at: number;
  readonly unit?: string;
  /** Seconds: 1 is a high-resolution metric, which has periods below a minute too. 60 where it is left out. */
  readonly storageResolution?: 1 | 60;
}

/** Takes one value. Never throws, never waits: it is called in the path of real requests. */
export type MetricSink = (datum: MetricDatum) => void;

export const noMetrics: MetricSink = () => undefined;

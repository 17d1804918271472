import type { Config } from '../config.ts';

/** What the chatbot is there for. */
const names = ['Conversations', 'Answered', 'NotAnswered', 'FeedbackUp', 'FeedbackDown'] as const;
export type BusinessMetric = (typeof names)[number];

export interface BusinessMetricsOptions {
  readonly namespace: string;
  readonly intervalMs: number;
  readonly release: Config['release'];
  readonly write: (line: string) => void;
  readonly now?: () => number;
}

export interface BusinessMetrics {
  count(metric: BusinessMetric): void;
  /** Writes what was counted since the last time, if anything was. */
  flush(): void;
}

/** For where CloudWatch is not told. */
export const noBusinessMetrics: BusinessMetrics = { count: () => undefined, flush: () => undefined };

/**
 * Tells CloudWatch how many conversations were begun, and what became of them: log lines in its embedded metric format,
 * one an interval at most, and none while nothing happens. They have counts alone, and nothing of what was said.
 * Source: CloudWatch User Guide, "Specification: Embedded metric format".
 */
export function createBusinessMetrics(options: BusinessMetricsOptions): BusinessMetrics {
  const { namespace, intervalMs, release, write, now = Date.now } = options;
  // CloudWatch takes no empty dimension.
  const dimensions = {
    Service: 'chatbot',
    Environment: release.environment,
    Version: release.version || 'unknown',
  };
  const directive = {
    Namespace: namespace,
    Dimensions: [Object.keys(dimensions)],
    Metrics: names.map((Name) => ({ Name, Unit: 'Count' })),
  };
  let counts: Record<BusinessMetric, number> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (counts === undefined) return;
    const document = { _aws: { Timestamp: now(), CloudWatchMetrics: [directive] }, ...dimensions, ...counts };
    counts = undefined;
    write(`${JSON.stringify(document)}\n`);
  };

  return {
    count(metric) {
      counts ??= { Conversations: 0, Answered: 0, NotAnswered: 0, FeedbackUp: 0, FeedbackDown: 0 };
      counts[metric] += 1;
      timer ??= setTimeout(flush, intervalMs).unref();
    },
    flush,
  };
}

import { jest } from '@jest/globals';
import { createBusinessMetrics, type BusinessMetrics } from './business-metrics.ts';

const release = { version: '1.2.3', commit: 'c', digest: 'd', colour: '', environment: 'production' };
const at = Date.UTC(2026, 10, 24);

describe('business metrics', () => {
  let lines: string[];
  let metrics: BusinessMetrics;
  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    metrics = createBusinessMetrics({
      namespace: 'Sluice/Chatbot',
      intervalMs: 5_000,
      release,
      write: (line) => lines.push(line),
      now: () => at,
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are one line an interval, in the embedded metric format', () => {
    metrics.count('Conversations');
    metrics.count('Answered');
    metrics.count('Answered');
    jest.advanceTimersByTime(4_999);
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        _aws: {
          Timestamp: at,
          CloudWatchMetrics: [
            {
              Namespace: 'Sluice/Chatbot',
              Dimensions: [['Service', 'Environment', 'Version']],
              Metrics: [
                { Name: 'Conversations', Unit: 'Count' },
                { Name: 'Answered', Unit: 'Count' },
                { Name: 'NotAnswered', Unit: 'Count' },
                { Name: 'FeedbackUp', Unit: 'Count' },
                { Name: 'FeedbackDown', Unit: 'Count' },
              ],
            },
          ],
        },
        Service: 'chatbot',
        Environment: 'production',
        Version: '1.2.3',
        Conversations: 1,
        Answered: 2,
        NotAnswered: 0,
        FeedbackUp: 0,
        FeedbackDown: 0,
      },
    ]);
  });

  it('count anew after each line, and are silent while nothing happens', () => {
    metrics.count('NotAnswered');
    jest.advanceTimersByTime(60_000);
    metrics.count('FeedbackUp');
    jest.advanceTimersByTime(60_000);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { NotAnswered: 1, FeedbackUp: 0 },
      { NotAnswered: 0, FeedbackUp: 1 },
    ]);
  });

  it('are written at once when the service stops, and only once', () => {
    metrics.count('FeedbackDown');
    metrics.flush();
    metrics.flush();
    jest.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{"_aws":.*"FeedbackDown":1\}\n$/);
  });
});

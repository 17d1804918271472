import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at /metrics: requests and their latency, and what the chatbot is there for. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Requests, by route, method and status.',
      labelNames: ['route', 'method', 'status'] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    conversations: new Counter({
      name: 'chatbot_conversations_total',
      help: 'Conversations that were started.',
      registers,
    }),
    answers: new Counter({
      name: 'chatbot_answers_total',
      help: 'Answers, by whether the knowledge base had one.',
      labelNames: ['known'] as const,
      registers,
    }),
    feedback: new Counter({
      name: 'chatbot_feedback_total',
      help: 'Feedback, by whether the answer helped.',
      labelNames: ['helpful'] as const,
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

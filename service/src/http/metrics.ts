import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at /metrics: requests and their latency, and what the chatbot is there for. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const metrics = {
    registry,
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Requests, by route, method and status; a streamed answer lasts until its end.',
      labelNames: ['route', 'method', 'status'] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    conversations: new Counter({
      name: 'chatbot_conversations_total',
      help: 'Conversations that were begun.',
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
    modelFailures: new Counter({
      name: 'chatbot_language_model_failures_total',
      help: 'Answers that the language model did not rephrase; they were told as they stand.',
      registers,
    }),
  };
  // A rate needs the zero from which it rises.
  for (const known of ['true', 'false']) metrics.answers.inc({ known }, 0);
  for (const helpful of ['true', 'false']) metrics.feedback.inc({ helpful }, 0);
  return metrics;
}

export type Metrics = ReturnType<typeof createMetrics>;

import type { MetricDatum } from '../cloudwatch/sink.ts';

/** Source: CloudWatch User Guide, "Specification: Embedded metric format". */
const limits = { dimensions: 30, metrics: 100, values: 100 };

/**
 * The metrics in a log event of CloudWatch's embedded metric format; none where it is anything else. A directive whose
 * dimensions or values are not in the document is left out whole.
 *
 * @param at when the event happened, by the clock of the cloud. The document's own `Timestamp` is by the clock of the
 *   machine, which a rehearsal in a hurry is ahead of.
 */
export function embeddedMetrics(message: string, at: number): readonly MetricDatum[] {
  // Most lines are no such document, and are not worth a parse.
  if (!message.startsWith('{') || !message.includes('"_aws"')) return [];
  const document = readDocument(message);
  const directives = document?._aws?.CloudWatchMetrics;
  if (document === undefined || !Array.isArray(directives)) return [];
  return directives.flatMap((directive: unknown) => metricsOf(directive as Directive | null, document, at));
}

type Document = Readonly<Record<string, unknown>> & {
  readonly _aws?: { readonly CloudWatchMetrics?: unknown };
};

interface Directive {
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

interface Definition {
  readonly Name?: unknown;
  readonly Unit?: unknown;
  readonly StorageResolution?: unknown;
}

function readDocument(message: string): Document | undefined {
  try {
    return JSON.parse(message) as Document;
  } catch {
    return undefined;
  }
}

function metricsOf(directive: Directive | null, document: Document, at: number): readonly MetricDatum[] {
  const { Namespace: namespace, Dimensions: sets, Metrics: definitions } = directive ?? {};
  if (typeof namespace !== 'string' || !Array.isArray(sets) || !Array.isArray(definitions)) return [];
  if (definitions.length > limits.metrics) return [];
  const dimensionSets = sets
    .map((set: unknown) => dimensionsOf(set, document))
    .filter((set) => set !== undefined);
  const metrics = definitions
    .map((definition: unknown) => metricOf(definition as Definition | null, document))
    .filter((metric) => metric !== undefined);
  if (dimensionSets.length < sets.length || metrics.length < definitions.length) return [];
  return dimensionSets.flatMap((dimensions) =>
    metrics.flatMap(({ about, values }) =>
      values.map((value) => ({ namespace, dimensions, at, value, ...about })),
    ),
  );
}

function dimensionsOf(set: unknown, document: Document): Readonly<Record<string, string>> | undefined {
  if (!Array.isArray(set) || set.length > limits.dimensions) return undefined;
  const entries = (set as unknown[]).map((name) => [String(name), document[String(name)]] as const);
  const isText = (entry: readonly [string, unknown]): entry is readonly [string, string] =>
    typeof entry[1] === 'string' && entry[1] !== '';
  return entries.every(isText) ? Object.fromEntries(entries) : undefined;
}

interface EmbeddedMetric {
  readonly about: { readonly name: string; readonly unit: string; readonly storageResolution: 1 | 60 };
  readonly values: readonly number[];
}

function metricOf(definition: Definition | null, document: Document): EmbeddedMetric | undefined {
  const { Name: name, Unit: unit = 'None', StorageResolution: resolution = 60 } = definition ?? {};
  if (typeof name !== 'string' || typeof unit !== 'string') return undefined;
  const found = document[name];
  const all: readonly unknown[] = Array.isArray(found) ? found : [found];
  const values = all.filter((value) => typeof value === 'number');
  if (values.length > limits.values || values.length < all.length) return undefined;
  return { about: { name, unit, storageResolution: resolution === 1 ? 1 : 60 }, values };
}

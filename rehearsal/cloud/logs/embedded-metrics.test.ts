import { embeddedMetrics } from './embedded-metrics.ts';

const at = 1_800_000_000_000;

function documentOf(directive: object = {}, members: object = {}): string {
  return JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'Shop',
          Dimensions: [['Service']],
          Metrics: [{ Name: 'Orders', Unit: 'Count' }],
          ...directive,
        },
      ],
    },
    Service: 'shop',
    Version: '1.2.3',
    Orders: 3,
    ...members,
  });
}

const about = { namespace: 'Shop', name: 'Orders', unit: 'Count', storageResolution: 60, at };

test('a document has a metric for each set of dimensions', () => {
  expect(embeddedMetrics(documentOf({ Dimensions: [['Service'], ['Service', 'Version'], []] }), at)).toEqual([
    { ...about, dimensions: { Service: 'shop' }, value: 3 },
    { ...about, dimensions: { Service: 'shop', Version: '1.2.3' }, value: 3 },
    { ...about, dimensions: {}, value: 3 },
  ]);
});

test('a list is a value for each of its numbers', () => {
  const found = embeddedMetrics(
    documentOf(
      { Metrics: [{ Name: 'Latency', Unit: 'Milliseconds', StorageResolution: 1 }] },
      { Latency: [10, 20] },
    ),
    at,
  );
  expect(found).toMatchObject([
    { name: 'Latency', value: 10, unit: 'Milliseconds', storageResolution: 1 },
    { name: 'Latency', value: 20, unit: 'Milliseconds', storageResolution: 1 },
  ]);
});

test.each([
  ['a line of text', 'listening on "_aws"'],
  ['broken JSON', '{"_aws":'],
  ['JSON without directives', '{"_aws":{}}'],
  ['a directive that is null', '{"_aws":{"CloudWatchMetrics":[null]}}'],
  ['a dimension that is not in the document', documentOf({ Dimensions: [['Colour']] })],
  ['a dimension that is no text', documentOf({}, { Service: 5 })],
  ['a value that is no number', documentOf({}, { Orders: 'three' })],
  ['no namespace', documentOf({ Namespace: undefined })],
])('%s has no metrics', (_what, message) => {
  expect(embeddedMetrics(message, at)).toEqual([]);
});

import { z } from 'zod';
import { percent } from '../units.ts';
import { anyText, form, lowerCaseName, oneOf } from './fields.ts';

/** CloudWatch's own limits (API reference: MetricDatum, Dimension). */
const namespace = form(
  'namespace',
  /^(?!AWS\/)[A-Za-z0-9._/#:-]{1,255}$/,
  'a namespace of CloudWatch such as Shop/Orders, and none of AWS’s own',
);
const dimensionName = form(
  'dimension',
  /^(?!:)[\x21-\x7e]{1,255}$/,
  'the name of a dimension, without spaces',
);

const metric = z.strictObject({
  namespace: namespace.describe('The metric’s namespace.'),
  metric: anyText.describe('The metric’s name. Its values are added up.'),
  per: anyText
    .optional()
    .describe(
      'What it is counted against: another metric of the same namespace; requests, where it is left out.',
    ),
  dimensions: z
    .record(dimensionName, anyText, { error: 'names of dimensions and their values' })
    .prefault({})
    .describe('The metric’s other dimensions.'),
  version: dimensionName
    .default('Version')
    .describe('The dimension that has the version, as `SLUICE_VERSION` tells it to the service.'),
  better: oneOf(['higher', 'lower']).default('higher').describe('Which way is good.'),
  margin: percent.prefault('20%').describe('How much worse it may become, of what it was.'),
});

export const business = z
  .record(lowerCaseName, metric, { error: 'names of metrics, and where each comes from' })
  .prefault({})
  .describe(
    'What users come for, as metrics of the service’s own: held against what it was by `gates.afterTraffic: [business]`.',
  );

import './interpreted.ts';
import { z } from 'zod';
import { container } from './container.ts';
import { environment } from './environment.ts';
import { lowerCaseName, repositoryPath } from './fields.ts';
import { image } from './image.ts';

/**
 * `sluice.yml`, as data: each key with its type, default and meaning. The JSON Schema that editors use and the
 * reference in docs/configuration.md are generated from here.
 */
export const schema = z.strictObject(
  {
    service: lowerCaseName.describe('The service’s name.'),
    image,
    container,
    environments: z
      .record(lowerCaseName, environment, { error: 'environments, each with its keys' })
      .describe('The environments, by name.'),
    data: z
      .strictObject({
        flow: z
          .array(lowerCaseName, { error: 'a list of environments' })
          .prefault([])
          .describe('From which environment to which data goes, in order.'),
        anonymise: repositoryPath.optional().describe('The rules of anonymising.'),
      })
      .optional()
      .describe('How data goes between environments.'),
  },
  { error: '`service` and `environments`' },
);

export type Config = z.output<typeof schema>;
export type EnvironmentConfig = Config['environments'][string];
export { kinds, type Reference } from './fields.ts';

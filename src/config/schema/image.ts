import { z } from 'zod';
import { form, oneOf, repositoryPath } from './fields.ts';

export const image = z
  .strictObject({
    context: repositoryPath.default('.').describe('The folder that the image is built from.'),
    dockerfile: repositoryPath.default('Dockerfile').describe('The Dockerfile, relative to the context.'),
    platforms: z
      .array(form('platform', /^linux\/(?:amd64|arm64)$/, 'linux/amd64 or linux/arm64'), {
        error: 'a list of linux/amd64 and linux/arm64',
      })
      .min(1, { error: 'at least one platform' })
      .default(['linux/amd64'])
      .describe('The platforms the image has to be there for.'),
    repository: form(
      'ECR repository',
      /^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/,
      'an ECR repository’s name, in lower case and without the registry',
    )
      .optional()
      .describe('The ECR repository; `service`, where it is left out.'),
    builder: oneOf(['auto', 'docker', 'layered'])
      .default('auto')
      .describe('`docker`, or `layered`, which needs no daemon; `auto`: docker where an engine answers.'),
  })
  .prefault({})
  .describe('How the image is built, and where it is kept.');

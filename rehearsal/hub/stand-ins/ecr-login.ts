import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { StandIn, StandInStep } from './stand-in.ts';

/** `aws-actions/amazon-ecr-login`: Docker is logged in to the rehearsal's registry, for the job alone. */
export const ecrLogin: StandIn = {
  action: 'aws-actions/amazon-ecr-login',
  does: "It asks the rehearsal's ECR for a token, and writes it to a Docker configuration of the job's own.",
  doesNot: 'It does not know public registries, nor those of other accounts.',
  inputs: { 'mask-password': { default: 'true' }, 'skip-logout': { default: 'false' } },
  run: async (step) => {
    const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region = 'us-east-1' } = step.environment;
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = step.environment;
    if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
      throw new Error(
        'There are no AWS credentials: assume a role first (aws-actions/configure-aws-credentials).',
      );
    }
    const sessionToken = step.environment.AWS_SESSION_TOKEN;
    const ecr = new ECRClient({
      region,
      endpoint,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    });
    try {
      const answer = await ecr.send(new GetAuthorizationTokenCommand({}), { abortSignal: step.signal });
      const [authorization] = answer.authorizationData ?? [];
      const token = authorization?.authorizationToken ?? '';
      const registry = (authorization?.proxyEndpoint ?? '').replace(/^https?:\/\//, '');
      step.mask(token);
      step.mask(Buffer.from(token, 'base64').toString().replace(/^AWS:/, ''));
      step.setOutput('registry', registry);
      await writeDockerConfiguration(step, registry, token);
    } finally {
      ecr.destroy();
    }
  },
};

/** A Docker configuration for this job alone: the user's own is left as it is, and no password is on a command line. */
async function writeDockerConfiguration(step: StandInStep, registry: string, token: string): Promise<void> {
  const folder = path.join(step.temp, 'docker');
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ auths: { [registry]: { auth: token } } }),
    { mode: 0o600 },
  );
  step.exportVariable('DOCKER_CONFIG', folder);
  step.info(`Docker is logged in to ${registry}, for this job.`);
}

import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { StandIn, StandInStep } from './stand-in.ts';

/** `aws-actions/configure-aws-credentials` with OIDC: the hub's token, against the rehearsal's STS. */
export const awsCredentials: StandIn = {
  action: 'aws-actions/configure-aws-credentials',
  does: "It assumes the role with the hub's OIDC token at the rehearsal's STS.",
  doesNot: 'It takes no long-lived keys, and chains no roles.',
  inputs: {
    'role-to-assume': { required: true },
    'aws-region': { required: true },
    'role-session-name': { default: 'GitHubActions' },
    'role-duration-seconds': { default: '3600' },
    audience: { default: 'sts.amazonaws.com' },
    'mask-aws-account-id': { default: 'false' },
    'output-credentials': { default: 'false' },
    'unset-current-credentials': { default: 'false' },
  },
  run: async (step) => {
    const endpoint = step.environment.AWS_ENDPOINT_URL;
    if (endpoint === undefined) {
      throw new Error(
        "AWS_ENDPOINT_URL is not set: the rehearsal's AWS is not running, and a real one is never called.",
      );
    }
    const region = step.input('aws-region');
    const sts = new STSClient({
      region,
      endpoint,
      // The call that gets credentials is not signed; the client wants some all the same.
      credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' },
    });
    try {
      const { Credentials } = await sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: step.input('role-to-assume'),
          RoleSessionName: step.input('role-session-name'),
          DurationSeconds: Number(step.input('role-duration-seconds')),
          WebIdentityToken: await idToken(step, step.input('audience')),
        }),
        { abortSignal: step.signal },
      );
      const {
        AccessKeyId: id = '',
        SecretAccessKey: secret = '',
        SessionToken: session = '',
      } = Credentials ?? {};
      for (const value of [id, secret, session]) step.mask(value);
      step.exportVariable('AWS_REGION', region);
      step.exportVariable('AWS_DEFAULT_REGION', region);
      step.exportVariable('AWS_ACCESS_KEY_ID', id);
      step.exportVariable('AWS_SECRET_ACCESS_KEY', secret);
      step.exportVariable('AWS_SESSION_TOKEN', session);
      step.setOutput(
        'aws-account-id',
        await accountOf({ id, secret, session }, region, endpoint, step.signal),
      );
      step.info(`Assumed ${step.input('role-to-assume')} in ${region}`);
    } finally {
      sts.destroy();
    }
  },
  post: (step) => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      step.exportVariable(name, '');
    }
    return Promise.resolve();
  },
};

async function idToken(step: StandInStep, audience: string): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = step.environment;
  if (url === undefined || token === undefined) {
    throw new Error(
      'Credentials could not be loaded: the job has no OIDC token. Did you mean to set the `id-token: write` permission?',
    );
  }
  const response = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([step.signal, AbortSignal.timeout(10_000)]),
  });
  if (!response.ok)
    throw new Error(`The hub gave no OIDC token: ${response.status} ${await response.text()}`);
  const { value } = (await response.json()) as { value: string };
  step.mask(value);
  return value;
}

async function accountOf(
  credentials: { readonly id: string; readonly secret: string; readonly session: string },
  region: string,
  endpoint: string,
  signal: AbortSignal,
): Promise<string> {
  const sts = new STSClient({
    region,
    endpoint,
    credentials: {
      accessKeyId: credentials.id,
      secretAccessKey: credentials.secret,
      sessionToken: credentials.session,
    },
  });
  try {
    return (await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal })).Account ?? '';
  } finally {
    sts.destroy();
  }
}

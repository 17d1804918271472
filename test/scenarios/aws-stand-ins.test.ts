import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startCloud, type Cloud } from '../../rehearsal/cloud/index.ts';
import type { Rehearsed } from '../../rehearsal/hub/engine/engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from '../../rehearsal/hub/engine/engine.fixture.ts';
import { commitGraph } from '../../rehearsal/hub/git/commit-graph.ts';
import { subjectsOf } from '../../rehearsal/hub/oidc/index.ts';
import { startHubServer, type HubServer } from '../../rehearsal/hub/server.ts';
import { provision } from '../../rehearsal/seed/index.ts';

// The stand-ins for AWS's own actions, as a workflow that does not use this pack's would use them: against the
// cloud's STS and ECR, with the hub's tokens.

let folder: string;
let cloud: Cloud;
let server: HubServer;
let shop: Rehearsed;

beforeAll(async () => {
  folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'sluice-aws-stand-ins-'));
  cloud = await startCloud({ stateDirectory: path.join(folder, 'cloud'), driver: 'process' });
  shop = await rehearse({ environment: { AWS_ENDPOINT_URL: cloud.url } }, async (hub, bare) => {
    server = await startHubServer({
      hub,
      port: 0,
      stateDirectory: path.join(folder, 'hub'),
      commits: commitGraph(bare),
      config: () => Promise.resolve(undefined),
      driver: () => 'process',
      log: () => undefined,
    });
    return server.url;
  });
  cloud.trust({ issuer: server.issuer, jwksUri: server.oidc.jwksUri, audiences: ['sts.amazonaws.com'] });
  await provision(
    cloud,
    {
      issuer: server.issuer,
      subjectsOf: (environment) => Object.values(subjectsOf(shop.hub, environment)),
    },
    [
      {
        environment: 'development',
        region: 'eu-west-1',
        cluster: 'shop',
        repository: 'shop',
        logGroup: 'shop',
        deployRole: 'deploy-development',
        executionRole: 'execution',
        secrets: {},
      },
    ],
  );
});

afterAll(async () => {
  await shop.end();
  await server.stop();
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
});

const workflow = (permissions: string, environment: string): Record<string, string> => ({
  '.github/workflows/ci.yml': `
on: push
permissions: ${permissions}
jobs:
  a:
    runs-on: x
    environment: { name: ${environment}, deployment: false }
    steps:
      - id: aws
        uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: arn:aws:iam::000000000000:role/deploy-development
          aws-region: eu-west-1
      - { id: ecr, uses: aws-actions/amazon-ecr-login@v2 }
      - run: |
          echo "account \${{ steps.aws.outputs.aws-account-id }} in $AWS_REGION, key $AWS_ACCESS_KEY_ID"
          echo "registry \${{ steps.ecr.outputs.registry }} in $(ls "$DOCKER_CONFIG")"
`,
});

test('a job with an identity assumes the role of its environment, and is logged in to the registry', async () => {
  const [run] = await shop.push(workflow('{ id-token: write }', 'development'));
  const log = logOf(shop, jobOf(run, 'a'));
  expect(conclusions(run)).toEqual({ run: 'success', a: 'success' });
  expect(log).toContain('account 000000000000 in eu-west-1, key ***');
  expect(log).toContain(`registry ${cloud.registryHost} in config.json`);
  expect(log).not.toMatch(/ASIA[A-Z0-9]{8}/);
});

test('a job without an identity, or of another environment, does not', async () => {
  const [none] = await shop.push(workflow('{ contents: read }', 'development'));
  expect(jobOf(none, 'a').annotations[0]?.message).toContain(
    'Did you mean to set the `id-token: write` permission?',
  );

  const [other] = await shop.push(workflow('{ id-token: write }', 'staging'));
  expect(other?.conclusion).toBe('failure');
  expect(jobOf(other, 'a').annotations[0]?.message).toContain('sts:AssumeRoleWithWebIdentity');
});

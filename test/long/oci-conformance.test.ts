import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { trial } from '../../rehearsal/cloud/trial.ts';

/**
 * The Open Container Initiative's own suite against the rehearsal's registry. It runs where OCI_CONFORMANCE names
 * its binary: `go install github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111`.
 */
const conformance = process.env.OCI_CONFORMANCE;
if (conformance === undefined) {
  console.log('Skipped: OCI_CONFORMANCE does not name the distribution specification’s conformance suite.');
}
const run = promisify(execFile);

(conformance === undefined ? test.skip : test)(
  'the registry passes the conformance suite of the distribution specification',
  async () => {
    const here = await trial();
    const results = mkdtempSync(path.join(tmpdir(), 'sluice-conformance-'));
    try {
      const ecr = new ECRClient(here.client);
      for (const repositoryName of ['conformance/one', 'conformance/two']) {
        await ecr.send(new CreateRepositoryCommand({ repositoryName }));
      }
      const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
      const token = Buffer.from(authorizationData![0]!.authorizationToken!, 'base64').toString('utf8');
      const { stdout } = await run(conformance ?? '', [], {
        cwd: results,
        env: {
          OCI_VERSION: '1.1',
          OCI_REGISTRY: here.cloud.registryHost,
          OCI_TLS: 'disabled',
          OCI_REPO1: 'conformance/one',
          OCI_REPO2: 'conformance/two',
          OCI_USERNAME: 'AWS',
          OCI_PASSWORD: token.slice('AWS:'.length),
          OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
          OCI_API_BLOBS_DIGEST_HEADER: 'true',
          OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
          // Digests are sha256 here, and a manifest is taken only when all that it names is there.
          OCI_DATA_SHA512: 'false',
          OCI_DATA_SPARSE: 'false',
          OCI_RESULTS_DIR: results,
        },
        maxBuffer: 64 * 1024 * 1024,
      });
      expect(stdout).toMatch(/FAIL\.+:\s+0$/m);
      expect(here.messages).toEqual([]);
    } finally {
      await here.end();
      rmSync(results, { recursive: true, force: true });
    }
  },
  180_000,
);

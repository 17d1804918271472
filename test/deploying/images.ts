import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { pack } from 'tar-stream';
import type { Trial } from '../../rehearsal/cloud/trial.ts';

/** Pushes an image whose one layer is a program of Node. @returns `registry/repository@sha256:…` */
export async function push({ cloud, client }: Trial, program: string): Promise<string> {
  const ecr = new ECRClient(client);
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  ecr.destroy();
  const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}` };
  const repository = `http://${cloud.registryHost}/v2/shop`;
  const upload = async (content: Buffer, mediaType: string) => {
    const digest = digestOf(content);
    const answer = await fetch(`${repository}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(content),
    });
    if (answer.status === 202) {
      // The registry starts an upload first, as a registry may.
      const location = new URL(answer.headers.get('location') ?? '', repository);
      location.searchParams.set('digest', digest);
      await fetch(location, { method: 'PUT', headers, body: new Uint8Array(content) });
    }
    return { mediaType, digest, size: content.length };
  };
  const tar = pack();
  tar.entry({ name: 'app/main.mjs' }, program);
  tar.finalize();
  const layer = await upload(gzipSync(await buffer(tar)), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const config = await upload(
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
        config: { WorkingDir: '/app', Cmd: ['node', 'main.mjs'] },
        rootfs: { type: 'layers', diff_ids: [] },
      }),
    ),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const digest = digestOf(manifest);
  const answer = await fetch(`${repository}/manifests/${digest}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': mediaType },
    body: new Uint8Array(manifest),
  });
  if (answer.status !== 201)
    throw new Error(`The manifest was refused: ${answer.status} ${await answer.text()}`);
  return `${cloud.registryHost}/shop@${digest}`;
}

/** Pushes an image of each program. @returns `registry/repository@sha256:…` of each */
export async function pushEach<Kind extends string>(
  trial: Trial,
  programs: Readonly<Record<Kind, string>>,
): Promise<Readonly<Record<Kind, string>>> {
  const images = await Promise.all(
    Object.entries<string>(programs).map(
      async ([kind, program]) => [kind, await push(trial, program)] as const,
    ),
  );
  return Object.fromEntries(images) as Record<Kind, string>;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

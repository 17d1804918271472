import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecr';
import { trial, type Trial } from '../trial.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

let here: Trial;
let client: ECRClient;
let authorization: string;
beforeAll(async () => {
  here = await trial();
  client = new ECRClient(here.client);
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  authorization = `Basic ${authorizationData![0]!.authorizationToken!}`;
});
afterAll(() => here.end());

function digestOf(content: Buffer | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://${here.cloud.registryHost}${path}`, {
    method,
    ...init,
    headers: { authorization, ...(init.headers as Record<string, string>) },
  });
}

async function codeOf(response: Response): Promise<[number, string | undefined]> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return [response.status, errors[0]?.code];
}

async function pushBlob(repository: string, content: Buffer): Promise<string> {
  const digest = digestOf(content);
  const begun = await ask('POST', `/v2/${repository}/blobs/uploads/`);
  const put = await ask('PUT', `${begun.headers.get('location')!}?digest=${digest}`, { body: content });
  expect(put.status).toBe(201);
  return digest;
}

interface Pushed {
  readonly digest: string;
  readonly manifest: string;
  readonly size: number;
}

/** Pushes a small image whose content depends on `text`. */
async function pushImage(repository: string, reference: string | undefined, text: string): Promise<Pushed> {
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      config: { Cmd: [text] },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
  const layer = gzipSync(Buffer.from(text));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: await pushBlob(repository, config), size: config.length },
    layers: [{ mediaType: layerType, digest: await pushBlob(repository, layer), size: layer.length }],
  });
  const digest = digestOf(manifest);
  const answer = await putManifest(repository, reference ?? digest, manifest);
  expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([201, digest]);
  return { digest, manifest, size: config.length + layer.length };
}

function putManifest(
  repository: string,
  reference: string,
  body: string,
  type = manifestType,
): Promise<Response> {
  return ask('PUT', `/v2/${repository}/manifests/${reference}`, { body, headers: { 'content-type': type } });
}

async function repository(name: string): Promise<string> {
  await client.send(new CreateRepositoryCommand({ repositoryName: name }));
  return name;
}

describe('the front door', () => {
  test('asks for Basic credentials, and takes those of GetAuthorizationToken', async () => {
    const stranger = await ask('GET', '/v2/', { headers: { authorization: 'Basic QVdTOndyb25n' } });
    expect(stranger.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await codeOf(stranger)).toEqual([401, 'UNAUTHORIZED']);
    const known = await ask('GET', '/v2/');
    expect([known.status, known.headers.get('docker-distribution-api-version')]).toEqual([
      200,
      'registry/2.0',
    ]);
  });

  test('has no repository that was not created', async () => {
    expect(await codeOf(await ask('POST', '/v2/nobody/blobs/uploads/'))).toEqual([404, 'NAME_UNKNOWN']);
    expect(await codeOf(await ask('GET', '/v2/nobody/tags/list'))).toEqual([404, 'NAME_UNKNOWN']);
  });

  test('answers a page of elsewhere with nothing', async () => {
    const answer = await ask('GET', '/v2/', { headers: { origin: 'http://evil.example' } });
    expect(answer.status).toBe(403);
  });
});

describe('blobs', () => {
  test('in chunks, in order, then read whole, in part, and by HEAD', async () => {
    const name = await repository('chunks');
    const content = Buffer.from('0123456789');
    const digest = digestOf(content);
    const begun = await ask('POST', `/v2/${name}/blobs/uploads/`);
    expect(begun.status).toBe(202);
    const location = begun.headers.get('location')!;
    const patch = (from: number, to: number): Promise<Response> =>
      ask('PATCH', location, {
        body: content.subarray(from, to),
        headers: { 'content-range': `${from}-${to - 1}` },
      });
    expect((await patch(0, 4)).headers.get('range')).toBe('0-3');
    expect(await codeOf(await patch(6, 8))).toEqual([416, 'BLOB_UPLOAD_INVALID']);
    expect((await patch(4, 8)).headers.get('range')).toBe('0-7');
    expect((await ask('GET', location)).headers.get('range')).toBe('0-7');
    const done = await ask('PUT', `${location}?digest=${digest}`, { body: content.subarray(8) });
    expect([done.status, done.headers.get('location')]).toEqual([201, `/v2/${name}/blobs/${digest}`]);

    const whole = await ask('GET', `/v2/${name}/blobs/${digest}`);
    expect(await whole.text()).toBe('0123456789');
    for (const [range, expected] of [
      ['2-4', '234'],
      ['7-', '789'],
      ['-2', '89'],
    ] as const) {
      const part = await ask('GET', `/v2/${name}/blobs/${digest}`, { headers: { range: `bytes=${range}` } });
      expect([part.status, await part.text()]).toEqual([206, expected]);
    }
    const beyond = await ask('GET', `/v2/${name}/blobs/${digest}`, { headers: { range: 'bytes=10-' } });
    expect(beyond.status).toBe(416);
    const head = await ask('HEAD', `/v2/${name}/blobs/${digest}`);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  });

  test('in one request, under a wrong digest, under none, given up', async () => {
    const name = await repository('uploads');
    const content = Buffer.from('whole');
    const post = await ask('POST', `/v2/${name}/blobs/uploads/?digest=${digestOf(content)}`, {
      body: content,
    });
    expect(post.status).toBe(201);

    const begin = async (): Promise<string> =>
      (await ask('POST', `/v2/${name}/blobs/uploads/`)).headers.get('location')!;
    const wrong = await ask('PUT', `${await begin()}?digest=${digestOf('other')}`, { body: content });
    expect(await codeOf(wrong)).toEqual([400, 'DIGEST_INVALID']);
    expect((await ask('HEAD', `/v2/${name}/blobs/${digestOf('other')}`)).status).toBe(404);
    expect(await codeOf(await ask('PUT', await begin(), { body: content }))).toEqual([400, 'DIGEST_INVALID']);
    const given = await begin();
    expect((await ask('DELETE', given)).status).toBe(204);
    expect(await codeOf(await ask('GET', given))).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  test('are seen in their own repository, and in others once mounted', async () => {
    const from = await repository('mount/from');
    const to = await repository('mount/to');
    const digest = await pushBlob(from, Buffer.from('shared'));
    expect((await ask('HEAD', `/v2/${to}/blobs/${digest}`)).status).toBe(404);
    const elsewhere = await ask('POST', `/v2/${to}/blobs/uploads/?mount=${digest}&from=nobody`);
    expect(elsewhere.status).toBe(202);
    const mounted = await ask('POST', `/v2/${to}/blobs/uploads/?mount=${digest}&from=${from}`);
    expect(mounted.status).toBe(201);
    expect(await (await ask('GET', `/v2/${to}/blobs/${digest}`)).text()).toBe('shared');
  });
});

describe('manifests', () => {
  test('by tag and by digest, byte for byte', async () => {
    const name = await repository('manifests');
    const { digest, manifest } = await pushImage(name, 'v1', 'one');
    for (const reference of ['v1', digest]) {
      const answer = await ask('GET', `/v2/${name}/manifests/${reference}`);
      expect(answer.headers.get('content-type')).toBe(manifestType);
      expect(answer.headers.get('docker-content-digest')).toBe(digest);
      expect(await answer.text()).toBe(manifest);
    }
    const head = await ask('HEAD', `/v2/${name}/manifests/v1`);
    expect(head.headers.get('content-length')).toBe(String(manifest.length));
    expect(await codeOf(await ask('GET', `/v2/${name}/manifests/v2`))).toEqual([404, 'MANIFEST_UNKNOWN']);
  });

  test.each([
    ['no JSON', 'nonsense', manifestType, 'v1', [400, 'MANIFEST_INVALID']],
    ['an unknown media type', '{}', 'text/plain', 'v1', [400, 'MANIFEST_INVALID']],
    ['no configuration', '{"layers":[]}', manifestType, 'v1', [400, 'MANIFEST_INVALID']],
    [
      'a media type other than its own',
      JSON.stringify({ mediaType: manifestType, manifests: [] }),
      indexType,
      'v1',
      [400, 'MANIFEST_INVALID'],
    ],
    [
      'a blob that is not there',
      JSON.stringify({ config: { mediaType: configType, digest: digestOf('nothing'), size: 7 }, layers: [] }),
      manifestType,
      'v1',
      [404, 'MANIFEST_BLOB_UNKNOWN'],
    ],
    ['the digest of something else', '{"manifests":[]}', indexType, digestOf('x'), [400, 'DIGEST_INVALID']],
    ['a bad tag', '{"manifests":[]}', indexType, '-v1', [400, 'TAG_INVALID']],
  ])('one with %s is refused', async (_what, body, type, reference, expected) => {
    const name = 'refused';
    if ((await ask('GET', `/v2/${name}/tags/list`)).status === 404) await repository(name);
    expect(await codeOf(await putManifest(name, reference, body, type))).toEqual(expected);
    const { tags } = (await (await ask('GET', `/v2/${name}/tags/list`)).json()) as { tags: string[] };
    expect(tags).toEqual([]);
  });

  test('a tag of an immutable repository stays where it is', async () => {
    const name = 'immutable';
    await client.send(new CreateRepositoryCommand({ repositoryName: name, imageTagMutability: 'IMMUTABLE' }));
    const first = await pushImage(name, 'v1', 'one');
    const second = await pushImage(name, undefined, 'two');
    expect(await codeOf(await putManifest(name, 'v1', second.manifest))).toEqual([400, 'TAG_INVALID']);
    expect((await putManifest(name, 'v1', first.manifest)).status).toBe(201);
    await client.send(
      new PutImageTagMutabilityCommand({ repositoryName: name, imageTagMutability: 'MUTABLE' }),
    );
    expect((await putManifest(name, 'v1', second.manifest)).status).toBe(201);
  });

  test('tags are listed in order, in pages', async () => {
    const name = await repository('tags');
    const { manifest } = await pushImage(name, 'b', 'one');
    for (const tag of ['d', 'a', 'c', 'constructor']) await putManifest(name, tag, manifest);
    const tags: string[] = [];
    let next: string | undefined = `/v2/${name}/tags/list?n=2`;
    while (next !== undefined) {
      const answer: Response = await ask('GET', next);
      tags.push(...((await answer.json()) as { tags: string[] }).tags);
      next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(tags).toEqual(['a', 'b', 'c', 'constructor', 'd']);
    expect(await codeOf(await ask('GET', `/v2/${name}/tags/list?n=x`))).toEqual([
      400,
      'PAGINATION_NUMBER_INVALID',
    ]);
  });

  test('what is about an image is found by it, all or of one type', async () => {
    const name = await repository('referrers');
    const image = await pushImage(name, 'v1', 'one');
    const attach = async (artifactType: string): Promise<string> => {
      const empty = await pushBlob(name, Buffer.from('{}'));
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        artifactType,
        config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
        layers: [{ mediaType: artifactType, digest: empty, size: 2 }],
        subject: { mediaType: manifestType, digest: image.digest, size: image.manifest.length },
        annotations: { made: 'here' },
      });
      const answer = await putManifest(name, digestOf(manifest), manifest);
      expect(answer.headers.get('oci-subject')).toBe(image.digest);
      return digestOf(manifest);
    };
    const sbom = await attach('application/vnd.cyclonedx+json');
    const provenance = await attach('application/vnd.in-toto+json');
    const listed = async (query = '') => {
      const answer = await ask('GET', `/v2/${name}/referrers/${image.digest}${query}`);
      expect(answer.headers.get('content-type')).toBe(indexType);
      return ((await answer.json()) as { manifests: { digest: string; annotations: object }[] }).manifests;
    };
    expect((await listed()).map(({ digest }) => digest)).toEqual([sbom, provenance]);
    expect(await listed('?artifactType=application/vnd.in-toto%2Bjson')).toMatchObject([
      { digest: provenance, annotations: { made: 'here' } },
    ]);
  });
});

describe('the ECR API', () => {
  test('a repository: made once, described, tagged, deleted only empty or by force', async () => {
    const make = () => client.send(new CreateRepositoryCommand({ repositoryName: 'team/app', tags: [] }));
    const { repository: made } = await make();
    expect(made).toMatchObject({
      repositoryArn: 'arn:aws:ecr:eu-west-1:000000000000:repository/team/app',
      repositoryUri: `${here.cloud.registryHost}/team/app`,
      imageTagMutability: 'MUTABLE',
    });
    await expect(make()).rejects.toMatchObject({ name: 'RepositoryAlreadyExistsException' });
    const resourceArn = made!.repositoryArn;
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'a', Value: '1' }] }));
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'b', Value: '2' }] }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ Key: 'b', Value: '2' }]);

    await pushImage('team/app', 'v1', 'one');
    const remove = (force: boolean) =>
      client.send(new DeleteRepositoryCommand({ repositoryName: 'team/app', force }));
    await expect(remove(false)).rejects.toMatchObject({ name: 'RepositoryNotEmptyException' });
    await remove(true);
    await expect(
      client.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/app'] })),
    ).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
      message: "The repository with name 'team/app' does not exist in the registry with id '000000000000'",
    });
  });

  test('images: described, listed, fetched, tagged again, deleted', async () => {
    const repositoryName = await repository('images');
    const first = await pushImage(repositoryName, 'v1', 'one');
    const second = await pushImage(repositoryName, undefined, 'two');

    const byTag = await client.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
    );
    expect(byTag.imageDetails).toMatchObject([
      { imageDigest: first.digest, imageTags: ['v1'], imageSizeInBytes: first.size },
    ]);
    await expect(
      client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v9' }] })),
    ).rejects.toMatchObject({
      name: 'ImageNotFoundException',
      message: expect.stringContaining("imageTag:'v9'") as string,
    });
    const untagged = await client.send(
      new ListImagesCommand({ repositoryName, filter: { tagStatus: 'UNTAGGED' } }),
    );
    expect(untagged.imageIds).toEqual([{ imageDigest: second.digest }]);

    const fetched = await client.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'v9' }] }),
    );
    expect(fetched.images![0]!.imageManifest).toBe(first.manifest);
    expect(fetched.failures).toMatchObject([{ failureCode: 'ImageNotFound', imageId: { imageTag: 'v9' } }]);

    const again = { repositoryName, imageManifest: first.manifest, imageTag: 'v1-again' };
    await client.send(new PutImageCommand(again));
    await expect(client.send(new PutImageCommand(again))).rejects.toMatchObject({
      name: 'ImageAlreadyExistsException',
    });
    const deleted = await client.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: first.digest }] }),
    );
    expect(deleted.failures).toEqual([]);
    const { imageIds } = await client.send(new ListImagesCommand({ repositoryName }));
    expect(imageIds).toEqual([{ imageDigest: second.digest }]);
  });

  test('an index keeps the images that it names', async () => {
    const repositoryName = await repository('index');
    const { digest, manifest } = await pushImage(repositoryName, undefined, 'one');
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ mediaType: manifestType, digest, size: manifest.length }],
    });
    expect((await putManifest(repositoryName, 'multi', index, indexType)).status).toBe(201);
    const { failures } = await client.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
    );
    expect(failures).toMatchObject([{ failureCode: 'ImageReferencedByManifestList' }]);
  });
});

describe('as whoever starts tasks reads it', () => {
  test('an image by digest and by tag, under any port of this machine', async () => {
    const name = await repository('resolve');
    const { digest } = await pushImage(name, 'v1', 'one');
    const { images } = here.cloud.world;
    for (const reference of [
      `${here.cloud.registryHost}/resolve:v1`,
      `127.0.0.1:1/resolve@${digest}`,
      `localhost/resolve:v1@${digest}`,
      'resolve:v1',
    ]) {
      expect(await images.resolve(reference)).toMatchObject({
        repository: 'resolve',
        digest,
        platform: { os: 'linux' },
        config: { Cmd: ['one'] },
        layers: [{ mediaType: layerType }],
      });
    }
    expect(await images.resolve('resolve:v2')).toBeUndefined();
    expect(await images.resolve('ghcr.io/resolve:v1')).toBeUndefined();
    expect(await images.resolve('nobody:v1')).toBeUndefined();
  });

  test('of an index, the image of this machine', async () => {
    const name = await repository('platforms');
    const { digest, manifest } = await pushImage(name, undefined, 'one');
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    const child = { mediaType: manifestType, digest, size: manifest.length };
    const push = (tag: string, platform: object): Promise<Response> =>
      putManifest(
        name,
        tag,
        JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [{ ...child, platform }] }),
        indexType,
      );
    await push('here', { os: 'linux', architecture });
    await push('elsewhere', { os: 'linux', architecture: 's390x' });
    expect(await here.cloud.world.images.resolve('platforms:here')).toMatchObject({ digest });
    expect(await here.cloud.world.images.resolve('platforms:elsewhere')).toBeUndefined();
  });
});

import { errorName, type Aws } from '../../../aws/index.ts';
import { Failure } from '../../../github/index.ts';
import { mediaTypes, sha256 } from '../../../image/oci.ts';
import { parseByDigest } from '../../../image/reference.ts';
import { unlessMissing } from './read.ts';

const downloadTimeoutMs = 20_000;

/**
 * The platforms that the image of a digest runs on (`linux/amd64`), or `undefined` where it is not in the account and
 * repository that the reference names. An index names its platforms itself; that of a single image is in its
 * configuration.
 */
export async function imagePlatforms(aws: Aws, image: string): Promise<readonly string[] | undefined> {
  const { BatchGetImageCommand, GetDownloadUrlForLayerCommand } = await import('@aws-sdk/client-ecr');
  const reference = parseByDigest(image);
  if (reference === undefined) return undefined;
  const registryId = /^(\d{12})\.dkr\.ecr\./.exec(reference.registry)?.[1];
  const repository = {
    ...(registryId === undefined ? {} : { registryId }),
    repositoryName: reference.name,
  };
  const ecr = await aws.ecr();
  const answer = await unlessMissing(
    (error) => errorName(error) === 'RepositoryNotFoundException',
    () =>
      ecr.send(
        new BatchGetImageCommand({
          ...repository,
          imageIds: [{ imageDigest: reference.digest }],
          acceptedMediaTypes: [
            mediaTypes.manifest,
            mediaTypes.index,
            mediaTypes.dockerManifest,
            mediaTypes.dockerIndex,
          ],
        }),
      ),
  );
  const manifest = answer?.images?.[0]?.imageManifest;
  if (manifest === undefined) return undefined;
  const { manifests, config } = JSON.parse(manifest) as Manifest;
  if (manifests !== undefined) return manifests.flatMap(({ platform }) => nameOf(platform));
  const layerDigest = config?.digest ?? '';
  const { downloadUrl = '' } = await ecr.send(
    new GetDownloadUrlForLayerCommand({ ...repository, layerDigest }),
  );
  return nameOf(JSON.parse(await download(downloadUrl, layerDigest)) as Platform);
}

interface Manifest {
  readonly manifests?: readonly { readonly platform?: Platform }[];
  readonly config?: { readonly digest?: string };
}

interface Platform {
  readonly os?: string;
  readonly architecture?: string;
}

/** What runs nowhere, such as an attestation within an index, is `unknown`. */
function nameOf({ os, architecture }: Platform = {}): string[] {
  return os === undefined || architecture === undefined || os === 'unknown' ? [] : [`${os}/${architecture}`];
}

/** The address is signed for a few minutes; it is asked once, and appears in no message. */
async function download(url: string, digest: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMs) });
  const content = await response.text();
  if (!response.ok || sha256(content) !== digest) {
    throw new Failure('The configuration of the image could not be read', {
      where: digest,
      why: response.ok ? 'it is not what its digest says' : `the registry answered ${response.status}`,
    });
  }
  return content;
}

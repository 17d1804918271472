/** Images: making them, finding them, pushing them, and what travels with them. */
export {
  attachDocuments,
  describeDependencies,
  provenanceType,
  sbomType,
  type AttachOptions,
} from './attachments.ts';
export { buildImage, type Builder, type BuildOptions, type BuildResult, type BuildTarget } from './build.ts';
export { findRepository, registryCredentials, type EcrRepository } from './ecr.ts';
export { openImage, type OpenedImage } from './open-image.ts';
export { packReferrer, platformOf, type Descriptor, type Package, type Platform } from './oci.ts';
export { formatByDigest, isLoopback, parseByDigest, parseRepository, type Repository } from './reference.ts';
export { openRegistry, type Credentials, type Registry, type RegistryOptions } from './registry/client.ts';
export { RegistryError } from './registry/error.ts';
export { hashSourceTree, type SourceTree } from './source-tree.ts';
export { openLayout, writeLayout, type ImageLayout } from './layout.ts';
export { readLabels, type LabelledImage } from './labels.ts';

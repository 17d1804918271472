/** Images: making them, finding them, pushing them, and what travels with them. */
export { attachDocuments, describeDependencies } from './attachments.ts';
export { buildImage, type BuildOptions, type BuildResult, type BuildTarget } from './build.ts';
export { findRepository, registryCredentials } from './ecr.ts';
export { openImage, type OpenedImage } from './open-image.ts';
export { packReferrer, platformOf, type Descriptor, type Package, type Platform } from './oci.ts';
export { isLoopback, parseByDigest, type Repository } from './reference.ts';
export { openRegistry, type Credentials, type Registry, type RegistryOptions } from './registry/client.ts';
export { RegistryError } from './registry/error.ts';
export { hashSourceTree } from './source-tree.ts';
export { openLayout, writeLayout } from './layout.ts';
export { readLabels, type LabelledImage } from './labels.ts';

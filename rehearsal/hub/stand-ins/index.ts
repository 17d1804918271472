import { awsCredentials } from './aws-credentials.ts';
import { cache } from './cache.ts';
import { checkout } from './checkout.ts';
import { downloadArtifact } from './download-artifact.ts';
import { ecrLogin } from './ecr-login.ts';
import { setupNode } from './setup-node.ts';
import type { StandIn } from './stand-in.ts';
import { attest, hardenRunner, setupBuildx } from './not-needed.ts';
import { uploadArtifact } from './upload-artifact.ts';

export type { StandIn } from './stand-in.ts';

/** What the rehearsal runs in place of actions that live elsewhere. Any other one is an error that says so. */
export const standIns: readonly StandIn[] = [
  checkout,
  setupNode,
  uploadArtifact,
  downloadArtifact,
  cache,
  attest,
  awsCredentials,
  ecrLogin,
  setupBuildx,
  hardenRunner,
];

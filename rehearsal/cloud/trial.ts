import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adminCredentials, startCloud, type Cloud, type CloudOptions } from './index.ts';

/** A cloud for one test file, with what an SDK client needs to reach it. */
export interface Trial {
  readonly cloud: Cloud;
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  readonly stateDirectory: string;
  /** What the cloud logged. */
  readonly messages: readonly string[];
  /** Ends the cloud and removes its folder. */
  end(): Promise<void>;
}

/** Starts a cloud in a folder of its own under the system's temporary directory. */
export async function trial(options: Partial<CloudOptions> = {}): Promise<Trial> {
  const stateDirectory = options.stateDirectory ?? mkdtempSync(path.join(tmpdir(), 'sluice-cloud-'));
  const messages: string[] = [];
  const cloud = await startCloud({
    driver: 'process',
    log: (message) => messages.push(message),
    ...options,
    stateDirectory,
  });
  return {
    cloud,
    client: {
      endpoint: cloud.url,
      region: 'eu-west-1',
      credentials: adminCredentials,
      maxAttempts: 1,
    },
    stateDirectory,
    messages,
    end: async () => {
      await cloud.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

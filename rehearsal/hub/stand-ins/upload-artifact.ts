import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Artifact } from '../model.ts';
import { artifactFiles } from './artifact-files.ts';
import type { StandIn, StandInStep } from './stand-in.ts';

/** `actions/upload-artifact`: the files are kept in the rehearsal's folder, and shown with the run. */
export const uploadArtifact: StandIn = {
  action: 'actions/upload-artifact',
  does: "It keeps the files in the rehearsal's folder.",
  doesNot: 'It makes no archive, and nothing expires.',
  inputs: {
    name: { default: 'artifact' },
    path: { required: true },
    'if-no-files-found': { default: 'warn' },
    'retention-days': {},
    'compression-level': {},
    overwrite: { default: 'false' },
    'include-hidden-files': { default: 'false' },
  },
  run: async (step) => {
    const name = step.input('name');
    if (/["<>|*?:\r\n\\/]/.test(name)) {
      throw new Error(
        `The artifact name is not valid: ${name}. It may not contain " : < > | * ? \\ / or line ends.`,
      );
    }
    const files = await artifactFiles(step.workspace, step.input('path'), step.flag('include-hidden-files'));
    if (files.length === 0) {
      noFiles(step);
      return;
    }
    await makeRoom(step, name);
    const directory = path.join(step.stateDirectory, 'artifacts', String(step.run.id), name);
    await rm(directory, { recursive: true, force: true });
    let sizeBytes = 0;
    for (const { from, name: file } of files) {
      const to = path.join(directory, file);
      await mkdir(path.dirname(to), { recursive: true });
      await copyFile(from, to);
      sizeBytes += (await stat(to)).size;
    }
    const artifact: Artifact = {
      id: step.hub.nextId(),
      name,
      sizeBytes,
      directory,
      createdAt: step.now().toISOString(),
    };
    step.run.artifacts.push(artifact);
    step.hub.saveRun(step.run);
    step.info(`Artifact ${name}: ${files.length} file(s), ${sizeBytes} bytes, in ${directory}`);
    step.setOutput('artifact-id', String(artifact.id));
    const { GITHUB_SERVER_URL = '', GITHUB_REPOSITORY = '' } = step.environment;
    const runUrl = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${step.run.id}`;
    step.setOutput('artifact-url', `${runUrl}/artifacts/${artifact.id}`);
  },
};

function noFiles(step: StandInStep): void {
  const message = `No files were found with the provided path: ${step.input('path')}. No artifacts will be uploaded.`;
  switch (step.input('if-no-files-found')) {
    case 'error':
      throw new Error(message);
    case 'ignore':
      return step.info(message);
    default:
      return step.warning(message);
  }
}

/** A name can be used once a run, unless `overwrite` says otherwise. */
function makeRoom(step: StandInStep, name: string): Promise<void> {
  const earlier = step.run.artifacts.find((artifact) => artifact.name === name);
  if (earlier === undefined) return Promise.resolve();
  if (!step.flag('overwrite')) {
    throw new Error(
      `an artifact with this name already exists on the workflow run: ${name}. Set overwrite: true to replace it.`,
    );
  }
  step.run.artifacts = step.run.artifacts.filter((artifact) => artifact !== earlier);
  return Promise.resolve();
}

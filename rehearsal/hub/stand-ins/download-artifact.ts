import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { matchesPatterns } from '../engine/triggers/patterns.ts';
import type { StandIn } from './stand-in.ts';

/** `actions/download-artifact`: copies what a job of the same run has uploaded. */
export const downloadArtifact: StandIn = {
  action: 'actions/download-artifact',
  does: 'It copies the artifacts of this run.',
  doesNot: 'It does not reach those of other runs or repositories.',
  inputs: {
    name: {},
    pattern: {},
    path: { default: '.' },
    'merge-multiple': { default: 'false' },
  },
  run: async (step) => {
    const name = step.input('name');
    const pattern = step.input('pattern');
    const folder = path.resolve(step.workspace, step.input('path'));
    const artifacts = step.run.artifacts.filter((artifact) =>
      name !== '' ? artifact.name === name : pattern === '' || matchesPatterns(artifact.name, [pattern]),
    );
    if (name !== '' && artifacts.length === 0) {
      const present = step.run.artifacts.map((artifact) => artifact.name).join(', ');
      throw new Error(
        `Unable to download artifact(s): Artifact not found for name: ${name}. The run has ${present === '' ? 'none' : present}.`,
      );
    }
    // A single artifact, and merged ones, go straight into the folder; several get a folder each.
    const direct = name !== '' || step.flag('merge-multiple');
    for (const artifact of artifacts) {
      const to = direct ? folder : path.join(folder, artifact.name);
      await mkdir(to, { recursive: true });
      await cp(artifact.directory, to, { recursive: true });
      step.info(`Artifact ${artifact.name} is in ${to}`);
    }
    step.setOutput('download-path', folder);
  },
};

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { StandIn, StandInStep } from './stand-in.ts';

/** `actions/setup-node`: the machine's Node is used, and a wish for another major version is an error. */
export const setupNode: StandIn = {
  action: 'actions/setup-node',
  does: "It uses the rehearsal's own Node.",
  doesNot: 'It downloads no other version, and keeps no cache.',
  inputs: {
    'node-version': {},
    'node-version-file': {},
    cache: {},
    'cache-dependency-path': {},
    'package-manager-cache': {},
    'registry-url': {},
    'check-latest': {},
    architecture: {},
    token: {},
  },
  run: async (step) => {
    const wanted = await wantedVersion(step);
    const present = process.versions.node;
    if (wanted !== '' && !satisfies(present, wanted)) {
      step.warning(
        `Node ${wanted} is asked for; the rehearsal has ${present} alone, and goes on with it. On GitHub the job runs on ${wanted}.`,
      );
    }
    if (step.input('cache') !== '')
      step.info('The input cache is not looked at: npm keeps its own on this machine.');
    step.addPath(path.dirname(process.execPath));
    step.info(`node: v${present} (${process.execPath})`);
    step.setOutput('node-version', `v${present}`);
    step.setOutput('cache-hit', 'false');
  },
};

async function wantedVersion(step: StandInStep): Promise<string> {
  const given = step.input('node-version');
  const file = step.input('node-version-file');
  if (given !== '' || file === '') return given;
  const content = await readFile(path.join(step.workspace, file), 'utf8').catch((error: unknown) => {
    throw new Error(`The specified node version file at: ${file} does not exist`, { cause: error });
  });
  if (!file.endsWith('.json')) return content.trim().replace(/^v/, '');
  const { engines } = JSON.parse(content) as { engines?: { node?: string } };
  return engines?.node ?? '';
}

/** Whether a version is the one asked for, as far as majors go: `24`, `24.x`, `v24.1.0`, `>=20`, `lts/*`. */
export function satisfies(present: string, wanted: string): boolean {
  if (/^(\*|latest|node|current|lts\/.*)$/.test(wanted)) return true;
  const major = Number(/\d+/.exec(wanted)?.[0]);
  const own = Number(present.split('.')[0]);
  if (Number.isNaN(major)) return true;
  return wanted.trim().startsWith('>') ? own >= major : own === major;
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ContainerSpec } from './driver.ts';
import { toHostPorts } from './loopback.ts';

/** A container's command as a process of this machine. */
export interface Emulated {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  /** A health check's command (`CMD …`, `CMD-SHELL …`), translated in the same way. */
  readonly probe: (command: readonly string[]) => readonly string[];
}

/** Where Node is in the images that everybody uses. */
const nodePaths: ReadonlySet<string> = new Set(['node', '/usr/local/bin/node', '/usr/bin/node']);

/**
 * Translates what an image says of its own file system and network into this machine's:
 * - `node` is the rehearsal's own Node; any other command is looked up in the image, then on this machine's PATH;
 * - an absolute path in an argument or in the environment means the image's file, where the image has it or has at
 *   least the folder (below `/`) that it would be in;
 * - `PORT` is the host port, and a health check that asks for the container port of the local host is sent there too;
 * - `HOST` is 127.0.0.1, as a published port would be: a container listens on every interface, a rehearsal must not;
 * - PATH, HOME and TMPDIR are the task's own; every other variable is the container's alone.
 */
export function emulated(
  spec: ContainerSpec,
  { root, home }: { readonly root: string; readonly home: string },
): Emulated {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(spec.environment)) {
    environment[name] = relocated(root, value);
  }
  environment.PATH = searchPath(root, spec.environment.PATH);
  environment.HOME = home;
  environment.TMPDIR = home;
  const [port] = spec.ports;
  if (port !== undefined) {
    environment.PORT = String(port.hostPort);
    environment.HOST = '127.0.0.1';
  }
  const translate = (argv: readonly string[]): readonly string[] =>
    argv.map((argument, index) =>
      index === 0 && nodePaths.has(argument) ? process.execPath : relocated(root, argument),
    );
  return {
    argv: translate([...spec.entryPoint, ...spec.command]),
    cwd: path.join(root, spec.workingDirectory),
    environment,
    probe: ([kind, ...rest]) => {
      const local = rest.map((argument) => toHostPorts(argument, spec.ports));
      return kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...local] : translate(local);
    },
  };
}

function relocated(root: string, value: string): string {
  if (!value.startsWith('/')) return value;
  const inImage = path.join(root, value);
  const folder = path.dirname(inImage);
  return existsSync(inImage) || (folder !== root && existsSync(folder)) ? inImage : value;
}

/** The rehearsal's Node first, then the image's own folders, then this machine's. */
function searchPath(root: string, ofContainer = ''): string {
  const ofImage = ofContainer
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => path.join(root, folder))
    .filter((folder) => existsSync(folder));
  return [path.dirname(process.execPath), ...ofImage, process.env.PATH ?? ''].join(path.delimiter);
}

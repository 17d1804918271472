import type { ContainerSpec } from './driver.ts';

/**
 * Whether a container is told of something on this machine's own address, as of the rehearsal's database: in a network
 * of its own it could not reach that.
 */
export function needsThisMachine({ environment }: Pick<ContainerSpec, 'environment'>): boolean {
  return Object.values(environment).some((value) =>
    /^[a-z][a-z0-9+.-]*:\/\/([^/@]*@)?(127\.0\.0\.1|localhost)([:/]|$)/i.test(value),
  );
}

/** The container as one that shares this machine's network: it listens on the host port, and nowhere else. */
export function onThisMachine(spec: ContainerSpec): ContainerSpec {
  const [port] = spec.ports;
  const listens = port === undefined ? {} : { PORT: String(port.hostPort), HOST: '127.0.0.1' };
  return { ...spec, environment: { ...spec.environment, ...listens } };
}

/** What a health check asks of a container's port, asked of the host port instead. */
export function toHostPorts(argument: string, ports: ContainerSpec['ports']): string {
  return ports.reduce(
    (text, { containerPort, hostPort }) =>
      text.replaceAll(
        new RegExp(`(localhost|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1\\]):${containerPort}(?!\\d)`, 'g'),
        `127.0.0.1:${hostPort}`,
      ),
    argument,
  );
}

import { createServer } from 'node:net';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { TaskDefinitionRecord } from './model.ts';

/** The host ports that a task of the definition occupies on its container instance. */
export function staticHostPorts({ definition }: TaskDefinitionRecord): number[] {
  if (definition.networkMode === 'awsvpc') return [];
  return definition.containerDefinitions
    .flatMap(({ portMappings }) => portMappings ?? [])
    .flatMap(({ hostPort }) => (hostPort === undefined || hostPort === 0 ? [] : [hostPort]));
}

/** Where a container's ports are on this machine: as the task definition says, else any free ones. */
export function hostPortsOf(
  { portMappings = [] }: ContainerDefinition,
  networkMode: string | undefined,
): Promise<{ containerPort: number; hostPort: number; protocol: 'tcp' | 'udp' }[]> {
  return Promise.all(
    portMappings.map(async ({ containerPort = 0, hostPort = 0, protocol = 'tcp' }) => ({
      containerPort,
      // A task in `awsvpc` mode has an address of its own on AWS; here all tasks share one.
      hostPort: hostPort === 0 || networkMode === 'awsvpc' ? await freePort() : hostPort,
      protocol,
    })),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

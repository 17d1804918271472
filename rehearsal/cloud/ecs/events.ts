import { randomUUID } from 'node:crypto';
import type { ServiceRecord } from './model.ts';
import type { TargetState } from './world.ts';

/** ECS shows the newest hundred. */
const eventsKept = 100;

/**
 * Adds a message to a service's events, in ECS's own words: `(service NAME) …`. The same message twice in a row is
 * one event.
 */
export function addEvent(service: ServiceRecord, message: string, now: number): void {
  const whole = `(service ${service.name}) ${message}`;
  if (service.events[0]?.message === whole) return;
  service.events.unshift({ id: randomUUID(), createdAt: now, message: whole });
  service.events.length = Math.min(service.events.length, eventsKept);
}

const seeTroubleshooting =
  'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

export const messages = {
  started: (taskId: string) => `has started 1 tasks: (task ${taskId}).`,
  stopped: (taskId: string) => `has stopped 1 running tasks: (task ${taskId}).`,
  unhealthy: (taskId: string) => `(task ${taskId}) failed container health checks.`,
  unhealthyTarget: (taskId: string, { port, reason, description }: TargetState, targetGroupArn: string) =>
    `(task ${taskId}) (port ${port}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${description ?? reason ?? 'Health checks failed'}).`,
  routed: (what: 'registered' | 'deregistered', targetGroupArn: string) =>
    `${what} 1 targets in (target-group ${targetGroupArn})`,
  draining: 'has begun draining connections on 1 tasks.',
  portTaken: (containerInstanceId: string) =>
    `was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance ${containerInstanceId}) is already using a port required by your task. ${seeTroubleshooting}`,
  failedToStart: (reason: string) => `was unable to place a task. Reason: ${reason}`,
  slowedDown: `is unable to consistently start tasks successfully. ${seeTroubleshooting}`,
  steady: 'has reached a steady state.',
  completed: (rolloutId: string) => `(deployment ${rolloutId}) deployment completed.`,
  deploymentFailed: (rolloutId: string, why: string) =>
    `(deployment ${rolloutId}) deployment failed: ${why}.`,
  rollingBack: (rolloutId: string) => `rolling back to deployment ${rolloutId}.`,
};

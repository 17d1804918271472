import type { TaskDriver } from './driver.ts';

/** The label that an image carries which has no operating system in it, only what was built on one. */
const baseLabel = 'dev.sluice.base';

/**
 * Runs containers with the Docker engine, but those images as processes that stand on no base and could not run in a
 * container: what the builder `layered` makes.
 */
export function driverByImage(docker: TaskDriver, process: TaskDriver): TaskDriver {
  return {
    name: docker.name,
    start: (spec) => (spec.image.config.Labels?.[baseLabel] === 'none' ? process : docker).start(spec),
    clean: async () => {
      await Promise.all([docker.clean(), process.clean()]);
    },
  };
}

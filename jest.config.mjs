import { availableParallelism } from 'node:os';

const swc = {
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript' },
    experimental: { keepImportAttributes: true },
  },
  module: { type: 'es6' },
};

const isLong = process.env.SUITE === 'long';

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/build/', '<rootDir>/.sluice-rehearsal/'],
};

/**
 * `unit`: beside the code, pure and fast. `scenario`: given/when/then against a rehearsal, over real sockets.
 * `npm test` runs both; the long suites (test/long) run in `.ci/run` with SUITE=long.
 */
export default {
  // Half of a scenario's time is waiting for ECS: with a worker a core, cores would be idle. The long suites judge how
  // fast versions answer, and have to leave each other the processor.
  maxWorkers: isLong ? availableParallelism() : availableParallelism() + 1,
  // Scenarios run real processes on machines that are busy; one that hangs is still told apart.
  testTimeout: 60_000,
  reporters: ['default', ...(process.env.JEST_JUNIT_OUTPUT_FILE ? ['jest-junit'] : [])],
  projects: isLong
    ? [{ ...shared, displayName: 'long', testMatch: ['<rootDir>/test/long/**/*.test.ts'] }]
    : [
        {
          ...shared,
          displayName: 'unit',
          testMatch: ['<rootDir>/{src,actions,rehearsal,service,scripts}/**/*.test.ts'],
        },
        { ...shared, displayName: 'scenario', testMatch: ['<rootDir>/test/scenarios/**/*.test.ts'] },
      ],
};

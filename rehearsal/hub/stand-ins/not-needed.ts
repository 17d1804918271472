import type { StandIn } from './stand-in.ts';

/** Actions that have nothing to do on this machine: they say so and succeed. */
function notNeeded(action: string, doesNot: string): StandIn {
  return {
    action,
    does: 'It does nothing.',
    doesNot,
    inputs: {},
    run: (step) => {
      step.info(doesNot);
      return Promise.resolve();
    },
  };
}

export const hardenRunner = notNeeded(
  'step-security/harden-runner',
  'Outgoing traffic is neither watched nor blocked here.',
);

export const setupBuildx = notNeeded(
  'docker/setup-buildx-action',
  "Builders are not set up; the machine's own Docker, where there is one, is used as it is.",
);

export const attest = notNeeded(
  'actions/attest',
  'Nothing is signed here: there is no Sigstore, and no attestation is stored.',
);

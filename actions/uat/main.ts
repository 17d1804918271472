import { serviceInputs } from '../../src/checks/index.ts';
import { inputs, openOutputs, optional, readInputs, runner } from '../../src/github/index.ts';
import { play } from './play.ts';
import { signOff } from './sign-off.ts';

/** The outputs of `action.yml`, before anything is known. */
const defaults = {
  verdict: '',
  passed: '0',
  failed: '0',
  evidence: '',
  report: '',
  'awaits-sign-off': 'false',
  'signed-off-by': '',
};

/** Scenarios, played against a service → a verdict about its image; or such a verdict → the same, signed off. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, defaults);
  const input = readInputs(runner, {
    ...serviceInputs,
    url: optional(inputs.httpUrl),
    image: optional(inputs.imageByDigest),
    scenarios: optional(inputs.workspacePath),
    verdict: optional(inputs.text),
    'github-token': optional(inputs.token),
  });
  await (input.verdict === undefined
    ? play(input, outputs)
    : signOff({ ...input, verdict: input.verdict, token: input['github-token'] }, outputs));
}
